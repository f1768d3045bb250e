#include "prober.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
  /* What one wake-up looks after, so that other events come in between. */
  AT_ONCE = 256,
  /* What one wake-up begins: two or three milliseconds. */
  BEGUN_AT_ONCE = 64,
  /* Of those it looks at the clock once for so many. */
  BEGUN_TOGETHER = 4,
  /* How often one wake-up looks whether what it has done is answered already. */
  ROUNDS = 3,
  /* Connections of watches that are under way at a time: as many as the usual limit of descriptors leaves room for. */
  MOST = 4096,
  /* In place of an errno: time was up. */
  LATE = -1,
};

/* A timer that goes off so much later than asked for was held up by this process, in µs. */
static const int64_t HELD_UP = 50000;

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

static int64_t rounded(const struct prober *p, int64_t at) {
  return p->grid > 0 ? (at + p->grid - 1) / p->grid * p->grid : at;
}

static void enheap(struct prober *p, size_t slot, enum stage stage, int64_t deadline) {
  p->slots[slot].stage = stage;
  p->slots[slot].deadline = deadline;
  put(p, p->heaped++, slot);
  settle(p, p->heaped - 1);
}

/* Ends its connection, where it has one. */
static void hang_up(struct prober *p, size_t slot, bool accepted) {
  struct slot *s = &p->slots[slot];
  if (s->fd < 0) return;
  if (accepted) tries_reset(p->tries, &s->way, s->fd);
  else tries_close(p->tries, s->fd);
  s->fd = -1;
  p->connecting--;
  unheap(p, slot);
}

/* A watch goes on: as followingPoint() in src/core/health/grid.ts. */
static void wait_on(struct prober *p, size_t slot, int64_t now) {
  struct slot *s = &p->slots[slot];
  s->point += s->interval;
  if (s->point <= now) s->point += (now - s->point) / s->interval * s->interval;
  enheap(p, slot, WAITING, rounded(p, s->point));
}

/* Its result is known: it waits to be handed over with others. */
static void finish(struct prober *p, size_t slot, int error, enum call call, int64_t now) {
  struct slot *s = &p->slots[slot];
  hang_up(p, slot, error == 0);
  s->took = now - s->started > UINT32_MAX ? UINT32_MAX : (uint32_t)(now - s->started);
  if (error == 0 && s->interval > 0) {
    wait_on(p, slot, now);
    return;
  }
  s->stage = OVER;
  s->error = error;
  s->call = call;
  p->over[p->overs++] = slot;
  /* The end of a watch is news, and what went with it in this wake-up comes along; the rest can wait for each other. */
  int64_t due = p->grid > 0 && s->interval == 0 ? (now / p->grid + 1) * p->grid : now;
  if (due < p->due) p->due = due;
}

static void begin(struct prober *p, size_t slot, int64_t now) {
  struct slot *s = &p->slots[slot];
  enum call call;
  s->started = now;
  s->extended = false;
  int error = tries_begin(p->tries, &s->way, (uint32_t)slot, &s->fd, &call);
  if (error != 0) {
    finish(p, slot, error, call, now);
    return;
  }
  p->connecting++;
  enheap(p, slot, CONNECTING, now + s->timeout);
}

/* @returns false where it was nobody's. */
static bool answered(struct prober *p, uint64_t which, uint32_t events, int64_t now) {
  int error = 0;
  socklen_t size = sizeof error;
  uint32_t slot;
  if (!tries_slot(p->tries, which, &slot)) return false;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && getsockopt(p->slots[slot].fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    error = errno;
  /* tcp_reset() of the kernel: who refuses gives ECONNREFUSED, these two come once the connection stands. It was accepted,
     and whether that is seen before the reset must not depend on how soon we look. */
  if (error == ECONNRESET || error == EPIPE) error = 0;
  finish(p, slot, error, CONNECT, now);
  return true;
}

/* The first one waits: it begins, or goes on waiting where all places are taken. */
static void begin_first(struct prober *p, int64_t now) {
  size_t slot = p->heap[0];
  if (p->connecting >= MOST) {
    p->slots[slot].deadline = rounded(p, now + 1000);
    settle(p, 0);
    return;
  }
  unheap(p, slot);
  begin(p, slot, now);
}

/* What has come is taken first, so that nobody is blamed for a stall of ours. @returns whether any has begun. */
static bool expire(struct prober *p, int64_t now) {
  int begun = 0;
  int64_t begins = now;
  for (int seen = 0; p->heaped > 0 && seen < AT_ONCE && begun < BEGUN_AT_ONCE; seen++) {
    struct slot *s = &p->slots[p->heap[0]];
    if (s->deadline > now) break;
    if (s->stage == WAITING) {
      if (begun++ % BEGUN_TOGETHER == BEGUN_TOGETHER - 1) begins = (int64_t)now_micros();
      begin_first(p, begins);
      continue;
    }
    int64_t late = now - s->deadline;
    if (s->extended || late <= HELD_UP) {
      finish(p, p->heap[0], LATE, CONNECT, now);
      continue;
    }
    /* This process was stalled, or all of the machine: time that we slept is not held against the server. */
    s->extended = true;
    s->deadline = now + (late < s->timeout ? late : s->timeout);
    settle(p, 0);
  }
  return begun > 0;
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

/* @returns whether anything has been done that may have been answered meanwhile, or leaves events behind. */
static bool look(struct prober *p, int epoll, int64_t *now) {
  struct epoll_event events[AT_ONCE];
  uint64_t times;
  bool done = false;
  int count = epoll_wait(epoll, events, AT_ONCE, 0);
  *now = (int64_t)now_micros();
  for (int i = 0; i < count; i++) {
    if (events[i].data.u64 != TIMER) done |= answered(p, events[i].data.u64, events[i].events, *now);
    else if (read(p->timer, &times, sizeof times) == sizeof times) p->armed = INT64_MAX;
  }
  return (count < AT_ONCE && expire(p, *now)) || done;
}

void prober_happened(struct watcher *w, int status) {
  struct prober *p = watcher_data(w);
  int64_t now;
  (void)status;
  /* Each wake-up costs more than to look: the answers of neighbours are there as soon as the last question is. */
  for (int round = 0; round < ROUNDS && look(p, watcher_fd(w), &now); round++);
  if (p->due <= now) hand_over(w, p);
  if (watcher_open(w)) arm(p);
}

void prober_free(void *data) {
  struct prober *p = data;
  for (size_t i = 0; i < p->count; i++)
    if (p->slots[i].stage == CONNECTING) tries_close(p->tries, p->slots[i].fd);
  tries_free(p->tries);
  close(p->timer);
  free(p->slots);
  free(p->heap);
  free(p->over);
  free(p);
}

size_t prober_vacant(struct prober *p) {
  if (p->vacant == SIZE_MAX) {
    size_t count = p->count == 0 ? 64 : 2 * p->count;
    struct slot *slots = realloc(p->slots, count * sizeof *slots);
    if (slots != NULL) p->slots = slots;
    size_t *heap = realloc(p->heap, count * sizeof *heap);
    if (heap != NULL) p->heap = heap;
    size_t *over = realloc(p->over, count * sizeof *over);
    if (over != NULL) p->over = over;
    if (slots == NULL || heap == NULL || over == NULL) return SIZE_MAX;
    for (; p->count < count; p->count++) release(p, p->count);
  }
  size_t slot = p->vacant;
  p->vacant = p->slots[slot].place;
  return slot;
}

void prober_start(struct prober *p, size_t slot) {
  struct slot *s = &p->slots[slot];
  if (s->interval > 0) enheap(p, slot, WAITING, rounded(p, s->point));
  else begin(p, slot, (int64_t)now_micros());
  arm(p);
}

void prober_cancel(struct prober *p, size_t slot) {
  struct slot *s = &p->slots[slot];
  if (s->stage == OVER || s->stage == DROPPED) {
    s->stage = DROPPED;
    return;
  }
  if (s->stage == CONNECTING) hang_up(p, slot, false);
  else unheap(p, slot);
  release(p, slot);
}
