#include "directord.h"

#include <stdio.h>
#include <string.h>

/* The kernel's name of an error number. The C library knows all of them, libuv those that it uses. */
static const char *name_of(int number, char *room, size_t size) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 32))
  const char *name = strerrorname_np(number);
  if (name != NULL) return name;
#endif
  return uv_err_name_r(-number, room, size);
}

/* An Error with `code`, `errno` (positive, as the kernel counts) and `syscall`. */
napi_value system_error(napi_env env, int number, const char *call) {
  char room[64], text[200];
  const char *name = name_of(number, room, sizeof room);
  napi_value code, message, error, value;
  snprintf(text, sizeof text, "%s: %s (%s)", call, name, strerror(number));
  if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message) != napi_ok ||
      napi_create_error(env, code, message, &error) != napi_ok)
    return NULL;
  if (napi_create_int32(env, number, &value) == napi_ok) napi_set_named_property(env, error, "errno", value);
  if (napi_create_string_utf8(env, call, NAPI_AUTO_LENGTH, &value) == napi_ok)
    napi_set_named_property(env, error, "syscall", value);
  return error;
}

/* Throws it. @returns NULL, for `return throw_system_error(…)`. */
napi_value throw_system_error(napi_env env, int number, const char *call) {
  napi_value error = system_error(env, number, call);
  if (error != NULL) napi_throw(env, error);
  return NULL;
}

napi_value number_value(napi_env env, double number) {
  napi_value value = NULL;
  napi_create_double(env, number, &value);
  return value;
}
