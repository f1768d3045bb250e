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

/* Frames that go out once the kernel has granted all that an exchange asked for, unless that took too long. */
struct announcement;
/* Of the arguments (frames, untilMicros) of native.ts; NULL for none. @returns false with an error thrown. */
bool announcement_new(napi_env env, napi_value frames, napi_value until, struct announcement **into);
/* Sends them one after another, up to the first that is refused. */
void announcement_send(struct announcement *a);
uint32_t announcement_sent(const struct announcement *a);
void announcement_free(struct announcement *a);

/* Of the arguments (fd, request, expected, timeoutMs) of native.ts. @returns NULL with an error thrown. */
struct exchange *exchange_new(napi_env env, napi_value *argv);
/* Sends and receives, and notes the outcome; waits, and needs no JavaScript. */
void exchange_run(struct exchange *x);
/* Whether each of its requests was granted. */
bool exchange_granted(const struct exchange *x);
/* Resolves with what came, as a Uint8Array, or rejects; with { answer, sent } where `sent` is given. */
void exchange_settle(napi_env env, napi_deferred deferred, struct exchange *x, const uint32_t *sent);
void exchange_free(struct exchange *x);

#endif
