#include "directord.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

/* Reads `count` arguments; those that were not given are undefined and fail where they are looked at. */
bool arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok;
}

bool wrong_argument(napi_env env, const char *name, const char *wanted) {
  char message[160];
  snprintf(message, sizeof message, "%s must be %s", name, wanted);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

bool number_argument(napi_env env, napi_value value, const char *name, double *into) {
  if (napi_get_value_double(env, value, into) != napi_ok || !isfinite(*into))
    return wrong_argument(env, name, "a finite number");
  return true;
}

bool int_argument(napi_env env, napi_value value, const char *name, int64_t least, int64_t most, int64_t *into) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= (double)least) || !(number <= (double)most) ||
      number != floor(number)) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld", (long long)least, (long long)most);
    return wrong_argument(env, name, wanted);
  }
  *into = (int64_t)number;
  return true;
}

bool fd_argument(napi_env env, napi_value value, int *into) {
  int64_t number;
  if (!int_argument(env, value, "fd", 0, INT_MAX, &number)) return false;
  *into = (int)number;
  return true;
}

bool bytes_argument(napi_env env, napi_value value, const char *name, bool null_allowed, struct bytes *into) {
  napi_valuetype type;
  bool typed = false;
  into->data = NULL;
  into->length = 0;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_null && null_allowed) return true;
  if (napi_is_typedarray(env, value, &typed) == napi_ok && typed) {
    napi_typedarray_type kind;
    void *data;
    if (napi_get_typedarray_info(env, value, &kind, &into->length, &data, NULL, NULL) == napi_ok &&
        kind == napi_uint8_array) {
      /* An empty array may have no memory, and NULL means "null was given". */
      static uint8_t none;
      into->data = data == NULL ? &none : data;
      if (data == NULL) into->length = 0;
      return true;
    }
  }
  return wrong_argument(env, name, null_allowed ? "a Uint8Array or null" : "a Uint8Array");
}

/* UTF-8 of a string that must fit into `size` − 1 bytes; it may hold NUL bytes, so its length counts. */
bool text_argument(napi_env env, napi_value value, const char *name, char *into, size_t size, size_t *length) {
  size_t needed;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &needed) != napi_ok) return wrong_argument(env, name, "a string");
  if (needed >= size) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "a string of at most %zu bytes", size - 1);
    return wrong_argument(env, name, wanted);
  }
  return napi_get_value_string_utf8(env, value, into, size, length) == napi_ok;
}

bool function_argument(napi_env env, napi_value value, const char *name) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_function) return true;
  return wrong_argument(env, name, "a function");
}
