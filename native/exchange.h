/* One exchange of netlink messages, made on the thread that calls `exchange_run`. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "directord.h"

struct exchange {
  uint8_t *request;
  size_t length;
  uint8_t *answer;
  size_t filled;
  size_t room;
  uint32_t first_sequence;
  uint32_t last_sequence;
  int64_t expected;
  int64_t seen;
  int64_t deadline;
  int fd;
  /* 0, or an error number and the call that met it. */
  int error;
  const char *call;
};

/* Of the arguments (fd, request, expected, timeoutMs) of native.ts. @returns NULL with an error thrown. */
struct exchange *exchange_new(napi_env env, napi_value *argv);
/* Sends and receives, and notes the outcome; waits, and needs no JavaScript. */
void exchange_run(struct exchange *x);
/* Resolves or rejects with the outcome. */
void exchange_settle(napi_env env, napi_deferred deferred, struct exchange *x);
void exchange_free(struct exchange *x);

#endif
