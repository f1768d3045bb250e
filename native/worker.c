#include "exchange.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* No caller needs more, and a mistake must not keep a CPU busy. */
enum { ALERT_MAX_US = 20000 };

struct job {
  struct job *next;
  struct exchange *exchange;
  struct announcement *announcement;
  napi_deferred deferred;
};

struct queue {
  struct job *first;
  struct job **end;
};

/* A thread of its own, and what it shares with the loop's; freed by the last of the two. */
struct worker {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct queue waiting;
  struct queue done;
  /* Read without the lock while the thread is alert. */
  atomic_int submitted;
  _Atomic int64_t alert_until;
  int fd;
  int holders;
  pthread_t thread;
  /* The loop's thread alone knows these: jobs that JavaScript waits for, and whether the worker is kept off its CPU. */
  int awaited;
  bool elsewhere;
  bool closed;
};

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void put(struct queue *q, struct job *job) {
  job->next = NULL;
  *q->end = job;
  q->end = &job->next;
}

static struct job *take_all(struct queue *q) {
  struct job *first = q->first;
  q->first = NULL;
  q->end = &q->first;
  return first;
}

static void drop(struct job *job) {
  exchange_free(job->exchange);
  announcement_free(job->announcement);
  free(job);
}

static void drop_jobs(struct job *job) {
  for (struct job *next; job != NULL; job = next) {
    next = job->next;
    drop(job);
  }
}

/* Lets go, with the lock held. */
static void leave(struct worker *w) {
  bool last = --w->holders == 0;
  pthread_mutex_unlock(&w->lock);
  if (!last) return;
  drop_jobs(w->waiting.first);
  drop_jobs(w->done.first);
  pthread_cond_destroy(&w->wake);
  pthread_mutex_destroy(&w->lock);
  free(w);
}

/* A thread that sleeps takes tens of microseconds to wake up, hundreds where its CPU sleeps too; one that looks, none. */
static void look_out(struct worker *w) {
  while (atomic_load_explicit(&w->submitted, memory_order_acquire) == 0 &&
         now_us() < atomic_load_explicit(&w->alert_until, memory_order_relaxed)) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }
}

static void *work(void *data) {
  struct worker *w = data;
  slice_like(getpid());
  pthread_mutex_lock(&w->lock);
  while (!w->closed) {
    struct job *job = w->waiting.first;
    if (job == NULL) {
      if (now_us() < w->alert_until) {
        pthread_mutex_unlock(&w->lock);
        look_out(w);
        pthread_mutex_lock(&w->lock);
      } else {
        pthread_cond_wait(&w->wake, &w->lock);
      }
      continue;
    }
    w->waiting.first = job->next;
    if (job->next == NULL) w->waiting.end = &w->waiting.first;
    atomic_fetch_sub(&w->submitted, 1);
    pthread_mutex_unlock(&w->lock);
    exchange_run(job->exchange);
    if (job->announcement != NULL && exchange_granted(job->exchange)) announcement_send(job->announcement);
    pthread_mutex_lock(&w->lock);
    put(&w->done, job);
    uint64_t one = 1;
    if (!w->closed && write(w->fd, &one, sizeof one) < 0) {
      /* Its counter cannot overflow: nothing to do. */
    }
  }
  leave(w);
  return NULL;
}

static void stopped(void *data) {
  struct worker *w = data;
  pthread_mutex_lock(&w->lock);
  w->closed = true;
  atomic_store(&w->alert_until, 0);
  pthread_cond_signal(&w->wake);
  leave(w);
}

static void settle(napi_env env, void *data) {
  struct watcher *watcher = data;
  struct worker *w = watcher_data(watcher);
  pthread_mutex_lock(&w->lock);
  struct job *job = take_all(&w->done);
  pthread_mutex_unlock(&w->lock);
  for (struct job *next; job != NULL; job = next) {
    next = job->next;
    if (--w->awaited == 0) watcher_hold(watcher, false);
    uint32_t sent = announcement_sent(job->announcement);
    exchange_settle(env, job->deferred, job->exchange, &sent);
    drop(job);
  }
}

static void finished(struct watcher *watcher, int status) {
  uint64_t times;
  (void)status;
  if (read(watcher_fd(watcher), &times, sizeof times) != sizeof times) return;
  watcher_run(watcher, settle, watcher);
}

/* Lets the worker run wherever the process may. */
static void anywhere(struct worker *w) {
  cpu_set_t cpus;
  if (!w->elsewhere) return;
  w->elsewhere = false;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) pthread_setaffinity_np(w->thread, sizeof cpus, &cpus);
}

/*
 * Keeps it off the CPU of the loop, which is awake as well: the kernel likes to wake a thread where its waker runs, and
 * one of the two would wait for the other. @returns false where there is no other CPU.
 */
static bool elsewhere(struct worker *w) {
  cpu_set_t cpus;
  int here = sched_getcpu();
  if (here < 0 || sched_getaffinity(0, sizeof cpus, &cpus) < 0 || CPU_COUNT(&cpus) < 2) return false;
  CPU_CLR(here, &cpus);
  w->elsewhere = pthread_setaffinity_np(w->thread, sizeof cpus, &cpus) == 0;
  return w->elsewhere;
}

static napi_value transact(napi_env env, napi_callback_info info) {
  napi_value argv[6], promise;
  struct watcher *watcher = watcher_of(env, info, 6, argv);
  if (watcher == NULL) return NULL;
  if (!watcher_open(watcher)) return throw_system_error(env, EBADF, "transact");
  struct worker *w = watcher_data(watcher);
  struct exchange *exchange = exchange_new(env, argv);
  if (exchange == NULL) return NULL;
  struct announcement *announcement;
  if (!announcement_new(env, argv[4], argv[5], &announcement)) {
    exchange_free(exchange);
    return NULL;
  }
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL || napi_create_promise(env, &job->deferred, &promise) != napi_ok) {
    free(job);
    exchange_free(exchange);
    announcement_free(announcement);
    return throw_system_error(env, ENOMEM, "transact");
  }
  job->exchange = exchange;
  job->announcement = announcement;
  if (w->awaited++ == 0) watcher_hold(watcher, true);
  pthread_mutex_lock(&w->lock);
  put(&w->waiting, job);
  atomic_fetch_add(&w->submitted, 1);
  pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->lock);
  /* By now it is awake on the other CPU, and stays there while it can; but not where somebody never lets go of that. */
  anywhere(w);
  return promise;
}

static napi_value alert(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  double until;
  struct watcher *watcher = watcher_of(env, info, 1, argv);
  if (watcher == NULL || !number_argument(env, argv[0], "untilMicros", &until)) return NULL;
  if (!watcher_open(watcher)) return NULL;
  struct worker *w = watcher_data(watcher);
  if (!elsewhere(w)) return NULL;
  int64_t most = now_us() + ALERT_MAX_US;
  pthread_mutex_lock(&w->lock);
  w->alert_until = until < (double)most ? (int64_t)until : most;
  pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

/* Starts the thread with all signals blocked: they are the loop's. @returns 0 or an error number. */
static int start(struct worker *w) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&w->thread, NULL, work, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) pthread_detach(w->thread);
  return error;
}

napi_value native_worker(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "transact", .method = transact, .attributes = napi_enumerable},
      {.utf8name = "alert", .method = alert, .attributes = napi_enumerable},
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value object;
  (void)info;
  struct worker *w = calloc(1, sizeof *w);
  if (w == NULL) return throw_system_error(env, ENOMEM, "worker");
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->wake, NULL);
  take_all(&w->waiting);
  take_all(&w->done);
  w->holders = 1;
  w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int error = w->fd < 0 ? errno : 0;
  if (error != 0) {
    pthread_mutex_lock(&w->lock);
    leave(w);
    return throw_system_error(env, error, "eventfd");
  }
  struct watcher *watcher = watcher_new(env, w->fd, true, NULL, finished, "directord.worker", methods, 3, &object);
  if (watcher == NULL) {
    pthread_mutex_lock(&w->lock);
    leave(w);
    return NULL;
  }
  watcher_attach(watcher, w, stopped);
  watcher_hold(watcher, false);
  pthread_mutex_lock(&w->lock);
  w->holders = 2;
  error = start(w);
  if (error != 0) w->holders = 1;
  pthread_mutex_unlock(&w->lock);
  if (error == 0) return object;
  watcher_stop(watcher);
  return throw_system_error(env, error, "pthread_create");
}
