#include "directord.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
  /* What one wake-up looks after, so that other events come in between. */
  AT_ONCE = 256,
  /* One result, as it is handed over: slot, errno, µs, call; four bytes each. */
  RECORD = 16,
  /* In place of an errno: time was up. */
  LATE = -1,
};

/* A timer that goes off so much later than asked for was held up by this process, in µs. */
static const int64_t HELD_UP = 50000;
/* 2^53 µs: as far as a double counts. */
static const int64_t LONGEST = (int64_t)1 << 53;
/* In place of a slot and its use. */
static const uint64_t TIMER = UINT64_MAX;

enum call { CONNECT, SOCKET, SETSOCKOPT, BIND };
enum stage { FREE, CONNECTING, OVER, DROPPED };

/* Times are µs of CLOCK_MONOTONIC. */
struct slot {
  enum stage stage;
  /* Tells this use of the slot from earlier ones: a child that was forked meanwhile may keep their sockets in epoll. */
  uint32_t use;
  int fd;
  bool extended;
  int64_t started;
  int64_t deadline;
  /* In `heap` while it connects; the next free slot while it is free. */
  size_t place;
  int32_t error;
  uint32_t took;
  uint32_t call;
};

struct prober {
  struct slot *slots;
  /* Numbers of slots: those that connect, the earliest deadline first; and those that are over and not handed over. */
  size_t *heap;
  size_t *over;
  size_t count;
  size_t heaped;
  size_t overs;
  size_t vacant;
  int timer;
  int64_t grid;
  int64_t armed;
  /* When the results are handed over; INT64_MAX while there are none. */
  int64_t due;
  napi_ref into;
  napi_env env;
};

static void put(struct prober *p, size_t place, size_t slot) {
  p->heap[place] = slot;
  p->slots[slot].place = place;
}

static void settle(struct prober *p, size_t place) {
  size_t slot = p->heap[place];
  int64_t deadline = p->slots[slot].deadline;
  for (size_t up; place > 0; place = up) {
    up = (place - 1) / 2;
    if (p->slots[p->heap[up]].deadline <= deadline) break;
    put(p, place, p->heap[up]);
  }
  for (;;) {
    size_t down = 2 * place + 1;
    if (down >= p->heaped) break;
    if (down + 1 < p->heaped && p->slots[p->heap[down + 1]].deadline < p->slots[p->heap[down]].deadline) down++;
    if (p->slots[p->heap[down]].deadline >= deadline) break;
    put(p, place, p->heap[down]);
    place = down;
  }
  put(p, place, slot);
}

static void unheap(struct prober *p, size_t slot) {
  size_t place = p->slots[slot].place;
  size_t last = p->heap[--p->heaped];
  if (last == slot) return;
  put(p, place, last);
  settle(p, place);
}

/* To go off early is no harm, so a later time needs no call. */
static void arm(struct prober *p) {
  int64_t first = p->heaped > 0 ? p->slots[p->heap[0]].deadline : INT64_MAX;
  if (p->due < first) first = p->due;
  if (first >= p->armed || first == INT64_MAX) return;
  /* timerfd_settime(2) has no reason to fail here. */
  if (timer_arm(p->timer, (double)first)) p->armed = first;
}

/* Its result is known: it waits to be handed over with others. A reset ends the connection, see `begin`. */
static void finish(struct prober *p, size_t slot, int error, enum call call, int64_t now) {
  struct slot *s = &p->slots[slot];
  if (s->fd >= 0) {
    close(s->fd);
    unheap(p, slot);
  }
  s->fd = -1;
  s->stage = OVER;
  s->error = error;
  s->call = call;
  s->took = now - s->started > UINT32_MAX ? UINT32_MAX : (uint32_t)(now - s->started);
  p->over[p->overs++] = slot;
  if (p->due == INT64_MAX) p->due = p->grid > 0 ? (now / p->grid + 1) * p->grid : now;
}

static void answered(struct prober *p, uint64_t which, uint32_t events, int64_t now) {
  int error = 0;
  socklen_t size = sizeof error;
  size_t slot = (uint32_t)which;
  if (p->slots[slot].stage != CONNECTING || p->slots[slot].use != which >> 32) return;
  /* Without an error pending it was reset after it had been accepted: it was accepted. */
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && getsockopt(p->slots[slot].fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    error = errno;
  finish(p, slot, error, CONNECT, now);
}

/* What has come is taken first, so that nobody is blamed for a stall of ours. */
static void expire(struct prober *p, int64_t now) {
  for (int seen = 0; p->heaped > 0 && seen < AT_ONCE; seen++) {
    struct slot *s = &p->slots[p->heap[0]];
    if (s->deadline > now) return;
    int64_t late = now - s->deadline;
    if (s->extended || late <= HELD_UP) {
      finish(p, p->heap[0], LATE, CONNECT, now);
      continue;
    }
    /* This process was stalled, or all of the machine: time that we slept is not held against the server. */
    int64_t patience = s->deadline - s->started;
    s->extended = true;
    s->deadline = now + (late < patience ? late : patience);
    settle(p, 0);
  }
}

/* A slot goes back when nobody has its number any more. */
static void release(struct prober *p, size_t slot) {
  p->slots[slot].stage = FREE;
  p->slots[slot].place = p->vacant;
  p->vacant = slot;
}

/* Hands over what is over, as many records at a time as there is room for. */
static void hand_over(struct watcher *w, struct prober *p) {
  p->due = INT64_MAX;
  while (p->overs > 0) {
    napi_handle_scope scope;
    napi_value array;
    void *data = NULL;
    size_t length = 0, count = 0, taken = 0;
    if (napi_open_handle_scope(p->env, &scope) != napi_ok) return;
    if (napi_get_reference_value(p->env, p->into, &array) != napi_ok ||
        napi_get_typedarray_info(p->env, array, NULL, &length, &data, NULL, NULL) != napi_ok || data == NULL)
      length = 0;
    size_t room = length / RECORD;
    for (; taken < p->overs && count < room; taken++) {
      size_t slot = p->over[taken];
      struct slot *s = &p->slots[slot];
      if (s->stage == DROPPED) continue;
      uint32_t record[4] = {(uint32_t)slot, (uint32_t)s->error, s->took, s->call};
      memcpy((uint8_t *)data + RECORD * count++, record, sizeof record);
    }
    napi_close_handle_scope(p->env, scope);
    if (room == 0) return;
    /* Whoever is told may begin others: the numbers of these are not used again before he has returned. */
    size_t *numbers = malloc(taken * sizeof *numbers);
    if (numbers == NULL) return;
    memcpy(numbers, p->over, taken * sizeof *numbers);
    p->overs -= taken;
    memmove(p->over, p->over + taken, p->overs * sizeof *p->over);
    for (size_t i = 0; i < taken; i++) p->slots[numbers[i]].stage = DROPPED;
    if (count > 0) watcher_call(w, true, (int)count);
    if (watcher_open(w))
      for (size_t i = 0; i < taken; i++) release(p, numbers[i]);
    free(numbers);
    if (!watcher_open(w)) return;
  }
}

static void happened(struct watcher *w, int status) {
  struct prober *p = watcher_data(w);
  struct epoll_event events[AT_ONCE];
  uint64_t times;
  (void)status;
  int count = epoll_wait(watcher_fd(w), events, AT_ONCE, 0);
  int64_t now = (int64_t)now_micros();
  bool whole = count < AT_ONCE;
  for (int i = 0; i < count; i++) {
    if (events[i].data.u64 != TIMER) answered(p, events[i].data.u64, events[i].events, now);
    else if (read(p->timer, &times, sizeof times) == sizeof times) p->armed = INT64_MAX;
  }
  if (whole) expire(p, now);
  if (p->due <= now) hand_over(w, p);
  if (watcher_open(w)) arm(p);
}

static void stopped(void *data) {
  struct prober *p = data;
  for (size_t i = 0; i < p->count; i++)
    if (p->slots[i].stage == CONNECTING) close(p->slots[i].fd);
  close(p->timer);
  free(p->slots);
  free(p->heap);
  free(p->over);
  free(p);
}

/* The number of one that is free, or SIZE_MAX where memory is short. */
static size_t vacant(struct prober *p) {
  if (p->vacant == SIZE_MAX) {
    size_t count = p->count == 0 ? 64 : 2 * p->count;
    struct slot *slots = realloc(p->slots, count * sizeof *slots);
    if (slots != NULL) p->slots = slots;
    size_t *heap = realloc(p->heap, count * sizeof *heap);
    if (heap != NULL) p->heap = heap;
    size_t *over = realloc(p->over, count * sizeof *over);
    if (over != NULL) p->over = over;
    if (slots == NULL || heap == NULL || over == NULL) return SIZE_MAX;
    for (; p->count < count; p->count++) {
      p->slots[p->count].use = 0;
      release(p, p->count);
    }
  }
  size_t slot = p->vacant;
  p->vacant = p->slots[slot].place;
  return slot;
}

/* Of an open watcher; else NULL, with EBADF thrown. */
static struct prober *prober_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv,
                                struct watcher **w) {
  *w = watcher_of(env, info, argc, argv);
  if (*w == NULL) return NULL;
  if (watcher_open(*w)) return watcher_data(*w);
  throw_system_error(env, EBADF, "probe");
  return NULL;
}

/* @returns 0, or an error number with the call that met it. */
static int begin(int epoll, struct slot *s, size_t slot, const struct bytes *to, const struct bytes *from, uint32_t mark,
                 enum call *call) {
  /* The close is a reset: no TIME_WAIT, here or there. */
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  const int one = 1;
  struct sockaddr_storage address;
  struct epoll_event event = {.events = EPOLLOUT | EPOLLET, .data.u64 = (uint64_t)s->use << 32 | slot};
  memcpy(&address, to->data, to->length);
  *call = SOCKET;
  s->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (s->fd < 0) return errno;
  *call = SETSOCKOPT;
  if (setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0) return errno;
  if (mark != 0 && setsockopt(s->fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0) return errno;
  if (from->data != NULL) {
    /* The port is chosen when the other end is known, so that one local port serves many. */
    setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    struct sockaddr_storage local;
    memcpy(&local, from->data, from->length);
    *call = BIND;
    if (bind(s->fd, (struct sockaddr *)&local, (socklen_t)from->length) < 0) return errno;
  }
  *call = CONNECT;
  if (connect(s->fd, (struct sockaddr *)&address, (socklen_t)to->length) < 0 && errno != EINPROGRESS && errno != EINTR)
    return errno;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) < 0 ? errno : 0;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  struct watcher *w;
  struct prober *p = prober_of(env, info, 4, argv, &w);
  struct bytes to, from;
  int64_t mark, timeout;
  enum call call;
  if (p == NULL || !bytes_argument(env, argv[0], "address", false, &to) ||
      !bytes_argument(env, argv[1], "bind", true, &from) || !int_argument(env, argv[2], "mark", 0, UINT32_MAX, &mark) ||
      !int_argument(env, argv[3], "timeoutMicros", 1, LONGEST, &timeout))
    return NULL;
  if (to.length < sizeof(sa_family_t) || to.length > sizeof(struct sockaddr_storage) ||
      from.length > sizeof(struct sockaddr_storage))
    return throw_system_error(env, EINVAL, "connect");
  size_t slot = vacant(p);
  if (slot == SIZE_MAX) return throw_system_error(env, ENOMEM, "connect");
  struct slot *s = &p->slots[slot];
  int64_t now = (int64_t)now_micros();
  *s = (struct slot){
      .stage = CONNECTING, .use = s->use + 1, .fd = -1, .started = now, .deadline = now + timeout};
  int error = begin(watcher_fd(w), s, slot, &to, &from, (uint32_t)mark, &call);
  if (error == 0) {
    put(p, p->heaped++, slot);
    settle(p, p->heaped - 1);
  } else {
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    finish(p, slot, error, call, now);
  }
  arm(p);
  return number_value(env, (double)slot);
}

static napi_value cancel(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct watcher *w;
  int64_t slot;
  struct prober *p = prober_of(env, info, 1, argv, &w);
  if (p == NULL || !int_argument(env, argv[0], "slot", 0, INT_MAX, &slot)) return NULL;
  if ((size_t)slot >= p->count || p->slots[slot].stage == FREE) {
    wrong_argument(env, "slot", "what start() returned");
    return NULL;
  }
  struct slot *s = &p->slots[slot];
  if (s->stage == CONNECTING) {
    close(s->fd);
    s->fd = -1;
    unheap(p, (size_t)slot);
    release(p, (size_t)slot);
  } else {
    s->stage = DROPPED;
  }
  return NULL;
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
  p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (p->timer >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, p->timer, &event) == 0 &&
      napi_create_reference(env, into, 1, &p->into) == napi_ok)
    return p;
  int error = errno;
  if (p->timer >= 0) close(p->timer);
  free(p);
  errno = error;
  return NULL;
}

napi_value native_prober(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "start", .method = start, .attributes = napi_enumerable},
      {.utf8name = "cancel", .method = cancel, .attributes = napi_enumerable},
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
  struct watcher *w = watcher_new(env, epoll, true, argv[1], happened, "directord.prober", methods, 4, &object);
  if (w == NULL) {
    stopped(p);
    return NULL;
  }
  watcher_attach(w, p, stopped);
  return object;
}
