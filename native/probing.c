#include "prober.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* 2^53 µs: as far as a double counts. */
static const int64_t LONGEST = (int64_t)1 << 53;

/* Of an open watcher; else NULL, with EBADF thrown. */
static struct prober *prober_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv,
                                struct watcher **w) {
  *w = watcher_of(env, info, argc, argv);
  if (*w == NULL) return NULL;
  if (watcher_open(*w)) return watcher_data(*w);
  throw_system_error(env, EBADF, "probe");
  return NULL;
}

static bool copied(const struct bytes *from, union address *to, uint8_t *length) {
  if (from->length > sizeof *to) return false;
  if (from->data != NULL) memcpy(to, from->data, from->length);
  *length = (uint8_t)from->length;
  return true;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  struct watcher *w;
  struct prober *p = prober_of(env, info, 6, argv, &w);
  struct bytes to, from;
  int64_t mark, timeout, interval, first;
  if (p == NULL || !bytes_argument(env, argv[0], "address", false, &to) ||
      !bytes_argument(env, argv[1], "bind", true, &from) || !int_argument(env, argv[2], "mark", 0, UINT32_MAX, &mark) ||
      !int_argument(env, argv[3], "timeoutMicros", 1, LONGEST, &timeout) ||
      !int_argument(env, argv[4], "intervalMicros", 0, LONGEST, &interval) ||
      !int_argument(env, argv[5], "firstMicros", 0, LONGEST, &first))
    return NULL;
  struct slot fresh = {.fd = -1, .timeout = timeout, .interval = interval, .point = first, .way.mark = (uint32_t)mark};
  if (to.length < sizeof(sa_family_t) || !copied(&to, &fresh.way.to, &fresh.way.to_length) ||
      !copied(&from, &fresh.way.from, &fresh.way.from_length))
    return throw_system_error(env, EINVAL, "connect");
  size_t slot = prober_vacant(p);
  if (slot == SIZE_MAX) return throw_system_error(env, ENOMEM, "connect");
  p->slots[slot] = fresh;
  prober_start(p, slot);
  return number_value(env, (double)slot);
}

/* The slot that was named; NULL with an error thrown where it is none. */
static struct slot *slot_argument(napi_env env, napi_callback_info info, struct prober **p, size_t *number) {
  napi_value argv[1];
  struct watcher *w;
  int64_t slot;
  *p = prober_of(env, info, 1, argv, &w);
  if (*p == NULL || !int_argument(env, argv[0], "slot", 0, INT_MAX, &slot)) return NULL;
  *number = (size_t)slot;
  if (*number < (*p)->count && (*p)->slots[*number].stage != FREE) return &(*p)->slots[*number];
  wrong_argument(env, "slot", "what start() returned");
  return NULL;
}

static napi_value cancel(napi_env env, napi_callback_info info) {
  struct prober *p;
  size_t slot;
  if (slot_argument(env, info, &p, &slot) != NULL) prober_cancel(p, slot);
  return NULL;
}

static napi_value took(napi_env env, napi_callback_info info) {
  struct prober *p;
  size_t slot;
  const struct slot *s = slot_argument(env, info, &p, &slot);
  return s == NULL ? NULL : number_value(env, s->took);
}

static napi_value grid(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct watcher *w;
  struct prober *p = prober_of(env, info, 1, argv, &w);
  int64_t micros;
  if (p != NULL && int_argument(env, argv[0], "micros", 0, LONGEST, &micros)) p->grid = micros;
  return NULL;
}

static napi_value close_prober(napi_env env, napi_callback_info info) {
  struct watcher *w = watcher_of(env, info, 0, NULL);
  if (w == NULL || !watcher_open(w)) return NULL;
  struct prober *p = watcher_data(w);
  napi_delete_reference(env, p->into);
  watcher_stop(w);
  return NULL;
}

static struct prober *prober_new(napi_env env, napi_value into, int epoll) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = TIMER};
  struct prober *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->env = env;
  p->armed = p->due = INT64_MAX;
  p->vacant = SIZE_MAX;
  p->tries = tries_new(epoll);
  p->timer = p->tries == NULL ? -1 : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (p->timer >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, p->timer, &event) == 0 &&
      napi_create_reference(env, into, 1, &p->into) == napi_ok)
    return p;
  int error = errno;
  if (p->timer >= 0) close(p->timer);
  if (p->tries != NULL) tries_free(p->tries);
  free(p);
  errno = error;
  return NULL;
}

napi_value native_prober(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "start", .method = start, .attributes = napi_enumerable},
      {.utf8name = "cancel", .method = cancel, .attributes = napi_enumerable},
      {.utf8name = "took", .method = took, .attributes = napi_enumerable},
      {.utf8name = "grid", .method = grid, .attributes = napi_enumerable},
      {.utf8name = "close", .method = close_prober, .attributes = napi_enumerable},
  };
  napi_value argv[2], object;
  struct bytes into;
  if (!arguments(env, info, 2, argv) || !bytes_argument(env, argv[0], "into", false, &into) ||
      !function_argument(env, argv[1], "over"))
    return NULL;
  if (into.length < RECORD) {
    wrong_argument(env, "into", "room for a record of 16 bytes");
    return NULL;
  }
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return throw_system_error(env, errno, "epoll_create1");
  struct prober *p = prober_new(env, argv[0], epoll);
  if (p == NULL) {
    int error = errno;
    close(epoll);
    return throw_system_error(env, error, "timerfd_create");
  }
  struct watcher *w = watcher_new(env, epoll, true, argv[1], prober_happened, "directord.prober", methods, 5, &object);
  if (w == NULL) {
    prober_free(p);
    return NULL;
  }
  watcher_attach(w, p, prober_free);
  return object;
}
