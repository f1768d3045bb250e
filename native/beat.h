/*
 * Datagrams that go out by themselves, each at its times on an absolute grid. Plain records: who shares them between
 * threads locks them. Times are µs of CLOCK_MONOTONIC.
 */
#ifndef BEAT_H
#define BEAT_H

#include "directord.h"

#include <sys/socket.h>

/* What one wake-up sends, so that nobody waits long for the lock. */
enum { BEATS_AT_ONCE = 64 };

/* RESTING: it was looked at, and goes on when the looker has done. ENDED: to be told of. */
enum beat_stage { FREE, BEATING, RESTING, ENDED, TOLD };

struct beat {
  enum beat_stage stage;
  int fd;
  uint8_t *data;
  size_t length;
  struct sockaddr_storage address;
  socklen_t address_length;
  int64_t every;
  /* What is later is not sent. */
  int64_t late;
  /* So long it goes on while nobody answers. */
  int64_t alone;
  int64_t next;
  int64_t sent;
  int64_t latest;
  int64_t worst;
};

struct beats {
  struct beat *all;
  /* When each is due, apart from the rest since every wake-up looks at all; INT64_MAX where it does not beat. */
  int64_t *due;
  size_t count;
  int64_t grid;
  /* When the owner answered last, and since when it has been asked; 0 where no question is open. */
  int64_t answered;
  int64_t asked;
};

/* Takes over `data`, from malloc. @returns its number, or −1 where memory is short; `data` is freed then. */
ssize_t beats_begin(struct beats *b, struct beat beat);
void beats_end(struct beats *b, size_t i);
void beats_free(struct beats *b);
/* @returns whether it was beating. */
bool beats_rest(struct beats *b, size_t i);
/* The owner is there: it is asked anew. */
void beats_present(struct beats *b, int64_t now);
/* It has done with what it looked at, too: those that rest go on. */
void beats_answer(struct beats *b, int64_t now);
/* When to look after them next: at once where more was due than one wake-up sends; INT64_MAX: nothing is to be done. */
int64_t beats_wake_at(const struct beats *b, int64_t now);
/* Sends what is due. @returns whether the owner is to be woken: one has ended, or it is asked whether it is there. */
bool beats_send(struct beats *b, int64_t now);

#endif
