#include "beat.h"

#include <stdlib.h>
#include <string.h>

/* Messages of one descriptor. */
struct batch {
  int fd;
  unsigned count;
  size_t beats[BEATS_AT_ONCE];
  struct mmsghdr messages[BEATS_AT_ONCE];
  struct iovec parts[BEATS_AT_ONCE];
};

/* Where much time passes until it is due, it is looked at before: whether the owner is there must be known by then. */
static void await_next(struct beats *b, size_t i) {
  const struct beat *beat = &b->all[i];
  b->due[i] = beat->every > beat->alone ? beat->next - beat->alone : beat->next;
}

/* Times that were slept through are left out. */
static void went(struct beats *b, size_t i, int64_t now) {
  struct beat *beat = &b->all[i];
  beat->sent++;
  beat->latest = now - beat->next;
  if (beat->latest > beat->worst) beat->worst = beat->latest;
  beat->next += (beat->latest / beat->every + 1) * beat->every;
  await_next(b, i);
}

static void put(struct beats *b, struct batch *batch, size_t i) {
  struct beat *beat = &b->all[i];
  unsigned n = batch->count++;
  batch->fd = beat->fd;
  batch->beats[n] = i;
  batch->parts[n] = (struct iovec){.iov_base = beat->data, .iov_len = beat->length};
  batch->messages[n] = (struct mmsghdr){.msg_hdr = {.msg_name = beat->address_length > 0 ? &beat->address : NULL,
                                                    .msg_namelen = beat->address_length,
                                                    .msg_iov = &batch->parts[n],
                                                    .msg_iovlen = 1}};
}

static void ended(struct beats *b, size_t i) {
  b->all[i].stage = ENDED;
  b->due[i] = INT64_MAX;
}

/* What the kernel refuses ends; the others go. @returns whether one has ended. */
static bool flush(struct beats *b, struct batch *batch, int64_t now) {
  bool refused = false;
  for (unsigned done = 0; done < batch->count;) {
    int sent = sendmmsg(batch->fd, batch->messages + done, batch->count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) {
      ended(b, batch->beats[done++]);
      refused = true;
    }
    for (; sent > 0; sent--) went(b, batch->beats[done++], now);
  }
  batch->count = 0;
  return refused;
}

bool beats_send(struct beats *b, int64_t now) {
  struct batch batch;
  bool wake = false;
  batch.count = 0;
  for (size_t i = 0, seen = 0; i < b->count && seen < BEATS_AT_ONCE; i++) {
    if (b->due[i] > now) continue;
    seen++;
    const struct beat *beat = &b->all[i];
    if (b->due[i] < beat->next) {
      /* One that began since could not be asked for earlier. */
      if (b->asked == 0) b->asked = now - b->due[i] > beat->late ? now : b->due[i];
      b->due[i] = beat->next;
      wake = true;
      continue;
    }
    /* By the times that they are due, so that as many go out each time. */
    if (now - b->due[i] > beat->late || (b->asked > 0 && b->due[i] - b->asked >= beat->alone)) {
      ended(b, i);
      wake = true;
      continue;
    }
    /* Often enough that an owner that is there is never taken for one that is not. */
    if (b->asked == 0 && b->due[i] - b->answered > beat->alone / 4) {
      b->asked = b->due[i];
      wake = true;
    }
    if (batch.count > 0 && batch.fd != beat->fd) wake |= flush(b, &batch, now);
    put(b, &batch, i);
  }
  return flush(b, &batch, now) || wake;
}

void beats_present(struct beats *b, int64_t now) {
  b->answered = now;
  b->asked = 0;
}

void beats_answer(struct beats *b, int64_t now) {
  beats_present(b, now);
  for (size_t i = 0; i < b->count; i++) {
    if (b->all[i].stage != RESTING) continue;
    b->all[i].stage = BEATING;
    await_next(b, i);
  }
}

bool beats_rest(struct beats *b, size_t i) {
  if (b->all[i].stage != BEATING) return false;
  b->all[i].stage = RESTING;
  b->due[i] = INT64_MAX;
  return true;
}

int64_t beats_wake_at(const struct beats *b, int64_t now) {
  int64_t first = INT64_MAX;
  for (size_t i = 0; i < b->count; i++)
    if (b->due[i] < first) first = b->due[i];
  return b->grid > 0 && first > now && first != INT64_MAX ? (first + b->grid - 1) / b->grid * b->grid : first;
}

/* The number of one that is free, or −1 where memory is short. */
static ssize_t vacant(struct beats *b) {
  for (size_t i = 0; i < b->count; i++)
    if (b->all[i].stage == FREE) return (ssize_t)i;
  size_t count = b->count == 0 ? 16 : 2 * b->count;
  struct beat *all = realloc(b->all, count * sizeof *all);
  if (all != NULL) b->all = all;
  int64_t *due = realloc(b->due, count * sizeof *due);
  if (due != NULL) b->due = due;
  if (all == NULL || due == NULL) return -1;
  ssize_t first = (ssize_t)b->count;
  for (; b->count < count; b->count++) {
    b->all[b->count] = (struct beat){.stage = FREE};
    b->due[b->count] = INT64_MAX;
  }
  return first;
}

ssize_t beats_begin(struct beats *b, struct beat beat) {
  ssize_t i = vacant(b);
  if (i < 0) {
    free(beat.data);
    return -1;
  }
  beat.stage = BEATING;
  b->all[i] = beat;
  await_next(b, (size_t)i);
  return i;
}

void beats_end(struct beats *b, size_t i) {
  free(b->all[i].data);
  b->all[i] = (struct beat){.stage = FREE};
  b->due[i] = INT64_MAX;
}

void beats_free(struct beats *b) {
  for (size_t i = 0; i < b->count; i++) free(b->all[i].data);
  free(b->all);
  free(b->due);
}
