#include "directord.h"

#include <math.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

double now_micros(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)(t.tv_nsec / 1000);
}

napi_value native_now(napi_env env, napi_callback_info info) {
  (void)info;
  return number_value(env, now_micros());
}

bool timer_arm(int fd, double micros) {
  /* 2^53 µs, 285 years, is past any time that a double can hold to the microsecond. */
  if (micros > 9007199254740992.0) micros = 9007199254740992.0;
  double seconds = floor(micros / 1e6);
  struct itimerspec value = {
      .it_value = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((micros - seconds * 1e6) * 1e3)}};
  /* Zero would disarm it. */
  if (micros <= 0) value.it_value = (struct timespec){.tv_sec = 0, .tv_nsec = 1};
  return timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL) == 0;
}

static void expired(struct watcher *w, int status) {
  uint64_t times;
  (void)status;
  /* Armed anew since epoll saw it: nothing to read, and nothing has fired. */
  if (read(watcher_fd(w), &times, sizeof times) != sizeof times) return;
  watcher_call(w, false, 0);
}

static napi_value arm(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  double micros;
  struct watcher *w = watcher_of(env, info, 1, argv);
  if (w == NULL || !number_argument(env, argv[0], "atMicros", &micros)) return NULL;
  if (!watcher_open(w)) return throw_system_error(env, EBADF, "timerfd_settime");
  return timer_arm(watcher_fd(w), micros) ? NULL : throw_system_error(env, errno, "timerfd_settime");
}

static napi_value disarm(napi_env env, napi_callback_info info) {
  struct itimerspec never = {0};
  struct watcher *w = watcher_of(env, info, 0, NULL);
  if (w == NULL) return NULL;
  if (!watcher_open(w)) return throw_system_error(env, EBADF, "timerfd_settime");
  if (timerfd_settime(watcher_fd(w), TFD_TIMER_ABSTIME, &never, NULL) < 0)
    return throw_system_error(env, errno, "timerfd_settime");
  return NULL;
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
