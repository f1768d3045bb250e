#include "beat.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
  /* What read() tells: next, sent, latest, worst. */
  FIGURES = 4,
  /* It calls the kernel and little else; V8's own thread-local storage is on it too. */
  STACK = 256 * 1024,
};

/* 2^53 µs: as far as a double counts. */
static const int64_t LONGEST = (int64_t)1 << 53;

/* A thread that sends beats at their times, whatever the loop's thread is at, and what the two share. */
struct pacer {
  /* Handed on with the priority of whoever waits for it: the loop may be put aside while it holds it. */
  pthread_mutex_t lock;
  struct beats beats;
  int64_t armed;
  int timer;
  /* Wakes the loop. */
  int event;
  bool closed;
  pthread_t thread;
  /* By the scheduler's first-in-first-out class, before any ordinary thread. */
  bool realtime;
};

/* Without its thread. */
static void pacer_free(struct pacer *p) {
  beats_free(&p->beats);
  if (p->timer >= 0) close(p->timer);
  pthread_mutex_destroy(&p->lock);
  free(p);
}

/* To go off early is no harm, so a later time needs no call. @returns false with errno. */
static bool arm(struct pacer *p) {
  int64_t at = beats_wake_at(&p->beats, (int64_t)now_micros());
  if (at >= p->armed) return true;
  if (!timer_arm(p->timer, (double)at)) return false;
  p->armed = at;
  return true;
}

static void wake_loop(const struct pacer *p) {
  uint64_t one = 1;
  if (write(p->event, &one, sizeof one) < 0) {
    /* Its counter cannot overflow: nothing to do. */
  }
}

static void *pace(void *data) {
  struct pacer *p = data;
  if (!p->realtime) slice_like(getpid());
  for (bool closed = false; !closed;) {
    uint64_t times;
    ssize_t fired = read(p->timer, &times, sizeof times);
    pthread_mutex_lock(&p->lock);
    closed = p->closed;
    if (fired == sizeof times) p->armed = INT64_MAX;
    if (!closed) {
      if (beats_send(&p->beats, (int64_t)now_micros())) wake_loop(p);
      /* timerfd_settime(2) has no reason to fail here; the next start() would tell. */
      arm(p);
    }
    pthread_mutex_unlock(&p->lock);
  }
  return NULL;
}

static void stopped(void *data) {
  struct pacer *p = data;
  pthread_mutex_lock(&p->lock);
  p->closed = true;
  timer_arm(p->timer, 0);
  pthread_mutex_unlock(&p->lock);
  /* It wakes up at once, and waits for nothing: its code may be unloaded after this. */
  pthread_join(p->thread, NULL);
  pacer_free(p);
}

/* The number of one that has ended and was not told of yet; −1: there is none. */
static int take_ended(struct pacer *p, size_t from) {
  int found = -1;
  pthread_mutex_lock(&p->lock);
  for (size_t i = from; i < p->beats.count && found < 0; i++) {
    if (p->beats.all[i].stage != ENDED) continue;
    p->beats.all[i].stage = TOLD;
    found = (int)i;
  }
  pthread_mutex_unlock(&p->lock);
  return found;
}

static void asked(struct watcher *w, int status) {
  struct pacer *p = watcher_data(w);
  uint64_t times;
  (void)status;
  if (read(watcher_fd(w), &times, sizeof times) != sizeof times) return;
  pthread_mutex_lock(&p->lock);
  beats_answer(&p->beats, (int64_t)now_micros());
  arm(p);
  pthread_mutex_unlock(&p->lock);
  /* Whoever is told may stop and start others, or close all. */
  for (int i = -1; watcher_open(w) && (i = take_ended(p, (size_t)(i + 1))) >= 0;) watcher_call(w, true, i);
}

/* Of an open watcher; else NULL, with EBADF thrown. */
static struct pacer *pacer_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv) {
  struct watcher *w = watcher_of(env, info, argc, argv);
  if (w == NULL) return NULL;
  if (watcher_open(w)) return watcher_data(w);
  throw_system_error(env, EBADF, "beat");
  return NULL;
}

/* With the first argument one that was started and not stopped; only the loop's thread does either. */
static struct pacer *pacer_and_beat(napi_env env, napi_callback_info info, size_t argc, napi_value *argv, size_t *beat) {
  struct pacer *p = pacer_of(env, info, argc, argv);
  int64_t i;
  if (p == NULL || !int_argument(env, argv[0], "beat", 0, INT_MAX, &i)) return NULL;
  pthread_mutex_lock(&p->lock);
  bool there = (size_t)i < p->beats.count && p->beats.all[i].stage != FREE;
  pthread_mutex_unlock(&p->lock);
  *beat = (size_t)i;
  if (there) return p;
  wrong_argument(env, "beat", "what start() returned");
  return NULL;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  struct pacer *p = pacer_of(env, info, 7, argv);
  struct bytes data, address;
  struct beat beat = {.stage = BEATING};
  if (p == NULL || !fd_argument(env, argv[0], &beat.fd) || !bytes_argument(env, argv[1], "data", false, &data) ||
      !bytes_argument(env, argv[2], "address", true, &address) ||
      !int_argument(env, argv[3], "atMicros", 0, LONGEST, &beat.next) ||
      !int_argument(env, argv[4], "everyMicros", 1, LONGEST, &beat.every) ||
      !int_argument(env, argv[5], "lateMicros", 0, LONGEST, &beat.late) ||
      !int_argument(env, argv[6], "aloneMicros", 0, LONGEST, &beat.alone))
    return NULL;
  if (address.length > sizeof beat.address) return throw_system_error(env, EINVAL, "beat");
  if (address.length > 0) memcpy(&beat.address, address.data, address.length);
  beat.address_length = (socklen_t)address.length;
  beat.length = data.length;
  beat.data = malloc(data.length + 1);
  if (beat.data == NULL) return throw_system_error(env, ENOMEM, "beat");
  memcpy(beat.data, data.data, data.length);
  int error = 0;
  pthread_mutex_lock(&p->lock);
  beats_present(&p->beats, (int64_t)now_micros());
  ssize_t i = beats_begin(&p->beats, beat);
  if (i < 0) error = ENOMEM;
  else if (!arm(p)) {
    error = errno;
    beats_end(&p->beats, (size_t)i);
  }
  pthread_mutex_unlock(&p->lock);
  return error == 0 ? number_value(env, (double)i) : throw_system_error(env, error, "beat");
}

static napi_value read_beat(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  struct bytes into;
  size_t i;
  double figures[FIGURES];
  struct pacer *p = pacer_and_beat(env, info, 2, argv, &i);
  if (p == NULL || !bytes_argument(env, argv[1], "into", false, &into)) return NULL;
  if (into.length < sizeof figures) {
    wrong_argument(env, "into", "room for 4 doubles");
    return NULL;
  }
  pthread_mutex_lock(&p->lock);
  const struct beat *beat = &p->beats.all[i];
  figures[0] = (double)beat->next;
  figures[1] = (double)beat->sent;
  figures[2] = (double)beat->latest;
  figures[3] = (double)beat->worst;
  pthread_mutex_unlock(&p->lock);
  memcpy(into.data, figures, sizeof figures);
  return NULL;
}

static napi_value rest(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t i;
  struct pacer *p = pacer_and_beat(env, info, 1, argv, &i);
  if (p == NULL) return NULL;
  pthread_mutex_lock(&p->lock);
  if (beats_rest(&p->beats, i)) wake_loop(p);
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static napi_value stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t i;
  struct pacer *p = pacer_and_beat(env, info, 1, argv, &i);
  if (p == NULL) return NULL;
  pthread_mutex_lock(&p->lock);
  beats_end(&p->beats, i);
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static napi_value grid(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct pacer *p = pacer_of(env, info, 1, argv);
  int64_t micros;
  if (p == NULL || !int_argument(env, argv[0], "micros", 0, LONGEST, &micros)) return NULL;
  pthread_mutex_lock(&p->lock);
  p->beats.grid = micros;
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static napi_value realtime(napi_env env, napi_callback_info info) {
  napi_value result;
  const struct pacer *p = pacer_of(env, info, 0, NULL);
  return p != NULL && napi_get_boolean(env, p->realtime, &result) == napi_ok ? result : NULL;
}

/* @returns 0 or an error number, EPERM where the kernel grants the class to privileged processes only. */
static int create(struct pacer *p, bool realtime) {
  pthread_attr_t attributes;
  struct sched_param first = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
  p->realtime = realtime;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  pthread_attr_setstacksize(&attributes, STACK);
  if (realtime) {
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &first);
  }
  error = pthread_create(&p->thread, &attributes, pace, p);
  pthread_attr_destroy(&attributes);
  return error;
}

/* Starts the thread with all signals blocked: they are the loop's. @returns 0 or an error number. */
static int begin(struct pacer *p) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = create(p, true);
  if (error != 0) error = create(p, false);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

static struct pacer *pacer_new(void) {
  pthread_mutexattr_t attributes;
  struct pacer *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&p->lock, &attributes);
  pthread_mutexattr_destroy(&attributes);
  p->armed = INT64_MAX;
  p->beats.answered = (int64_t)now_micros();
  p->event = -1;
  p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (p->timer >= 0) p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return p;
}

napi_value native_beats(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "start", .method = start, .attributes = napi_enumerable},
      {.utf8name = "read", .method = read_beat, .attributes = napi_enumerable},
      {.utf8name = "rest", .method = rest, .attributes = napi_enumerable},
      {.utf8name = "stop", .method = stop, .attributes = napi_enumerable},
      {.utf8name = "grid", .method = grid, .attributes = napi_enumerable},
      {.utf8name = "realtime", .method = realtime, .attributes = napi_enumerable},
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[1], object;
  if (!arguments(env, info, 1, argv) || !function_argument(env, argv[0], "ended")) return NULL;
  struct pacer *p = pacer_new();
  if (p == NULL) return throw_system_error(env, ENOMEM, "beat");
  struct watcher *w = NULL;
  if (p->event < 0) throw_system_error(env, errno, "timerfd_create");
  else w = watcher_new(env, p->event, true, argv[0], asked, "directord.beats", methods, 7, &object);
  int error = w == NULL ? 0 : begin(p);
  if (w == NULL || error != 0) {
    pacer_free(p);
    if (w == NULL) return NULL;
    watcher_stop(w);
    return throw_system_error(env, error, "pthread_create");
  }
  watcher_attach(w, p, stopped);
  watcher_hold(w, false);
  return object;
}
