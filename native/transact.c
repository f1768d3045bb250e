#include "exchange.h"

#include <stdlib.h>

/* An exchange on a thread of libuv's pool. */
struct transaction {
  struct exchange *exchange;
  napi_async_work work;
  napi_deferred deferred;
};

static void execute(napi_env env, void *data) {
  (void)env;
  exchange_run(((struct transaction *)data)->exchange);
}

static void release(struct transaction *t) {
  exchange_free(t->exchange);
  free(t);
}

static void complete(napi_env env, napi_status status, void *data) {
  struct transaction *t = data;
  if (status == napi_cancelled) {
    t->exchange->error = ECANCELED;
    t->exchange->call = "transact";
  }
  exchange_settle(env, t->deferred, t->exchange, NULL);
  napi_delete_async_work(env, t->work);
  release(t);
}

napi_value native_transact(napi_env env, napi_callback_info info) {
  napi_value argv[4], promise, name;
  if (!arguments(env, info, 4, argv)) return NULL;
  struct exchange *exchange = exchange_new(env, argv);
  if (exchange == NULL) return NULL;
  struct transaction *t = calloc(1, sizeof *t);
  if (t == NULL) {
    exchange_free(exchange);
    return throw_system_error(env, ENOMEM, "transact");
  }
  t->exchange = exchange;
  if (napi_create_string_utf8(env, "directord.transact", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, t, &t->work) != napi_ok ||
      napi_create_promise(env, &t->deferred, &promise) != napi_ok || napi_queue_async_work(env, t->work) != napi_ok) {
    release(t);
    return throw_system_error(env, ENOMEM, "transact");
  }
  return promise;
}
