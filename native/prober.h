/* Tries of TCP connections: what prober.c, which runs them, and probing.c, which JavaScript calls, both know. */
#ifndef PROBER_H
#define PROBER_H

#include "tries.h"

/* One result, as it is handed over: slot, errno, µs, call; four bytes each. */
enum { RECORD = 16 };

/* In place of a slot and its use, in epoll. */
#define TIMER UINT64_MAX

enum stage { FREE, WAITING, CONNECTING, OVER, DROPPED };

/* Times are µs of CLOCK_MONOTONIC. */
struct slot {
  enum stage stage;
  int fd;
  struct way way;
  bool extended;
  int64_t started;
  /* While it waits: when it begins. */
  int64_t deadline;
  int64_t timeout;
  /* Of a watch, which is tried again as long as it is accepted: how often, and the point of its grid. Else 0. */
  int64_t interval;
  int64_t point;
  /* In `heap` while it waits or connects; the next free slot while it is free. */
  size_t place;
  int32_t error;
  uint32_t took;
  uint32_t call;
};

struct prober {
  struct slot *slots;
  /* Numbers of slots: those that wait or connect, the earliest first; and those that are over and not handed over. */
  size_t *heap;
  size_t *over;
  size_t count;
  size_t heaped;
  size_t overs;
  size_t vacant;
  size_t connecting;
  struct tries *tries;
  int timer;
  int64_t grid;
  int64_t armed;
  /* When the results are handed over; INT64_MAX while there are none. */
  int64_t due;
  napi_ref into;
  napi_env env;
};

/* The number of a slot that is free, or SIZE_MAX where memory is short. */
size_t prober_vacant(struct prober *p);
/* One that was vacant is filled in: begins it, or has it wait where it is a watch. */
void prober_start(struct prober *p, size_t slot);
/* Its result is not handed over. */
void prober_cancel(struct prober *p, size_t slot);
/* What the watcher of the epoll calls. */
void prober_happened(struct watcher *w, int status);
void prober_free(void *data);

#endif
