#include "directord.h"

#include <math.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

napi_value native_now(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return number_value(env, (double)t.tv_sec * 1e6 + (double)(t.tv_nsec / 1000));
}

static void expired(struct watcher *w, int status) {
  uint64_t times;
  (void)status;
  /* Armed anew since epoll saw it: nothing to read, and nothing has fired. */
  if (read(watcher_fd(w), &times, sizeof times) != sizeof times) return;
  watcher_call(w, false, 0);
}

static napi_value set(napi_env env, const struct watcher *w, struct timespec at) {
  struct itimerspec value = {.it_value = at};
  if (!watcher_open(w)) return throw_system_error(env, EBADF, "timerfd_settime");
  if (timerfd_settime(watcher_fd(w), TFD_TIMER_ABSTIME, &value, NULL) < 0)
    return throw_system_error(env, errno, "timerfd_settime");
  return NULL;
}

static napi_value arm(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  double micros;
  struct watcher *w = watcher_of(env, info, 1, argv);
  if (w == NULL || !number_argument(env, argv[0], "atMicros", &micros)) return NULL;
  /* 2^53 µs, 285 years, is past any time that a double can hold to the microsecond. */
  if (micros > 9007199254740992.0) micros = 9007199254740992.0;
  double seconds = floor(micros / 1e6);
  struct timespec at = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((micros - seconds * 1e6) * 1e3)};
  /* Zero would disarm it. */
  if (micros <= 0) at = (struct timespec){.tv_sec = 0, .tv_nsec = 1};
  return set(env, w, at);
}

static napi_value disarm(napi_env env, napi_callback_info info) {
  struct watcher *w = watcher_of(env, info, 0, NULL);
  return w == NULL ? NULL : set(env, w, (struct timespec){0});
}

napi_value native_timer(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "arm", .method = arm, .attributes = napi_enumerable},
      {.utf8name = "disarm", .method = disarm, .attributes = napi_enumerable},
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[1], object;
  if (!arguments(env, info, 1, argv) || !function_argument(env, argv[0], "fire")) return NULL;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) return throw_system_error(env, errno, "timerfd_create");
  return watcher_new(env, fd, true, argv[0], expired, "directord.timer", methods, 3, &object) == NULL ? NULL : object;
}
