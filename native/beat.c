#include "directord.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
  /* What one wake-up looks after, so that other events come in between. */
  AT_ONCE = 64,
  /* What read() tells: next, sent, latest, worst. */
  FIGURES = 4,
};

/* 2^53 µs: as far as a double counts. */
static const int64_t LONGEST = (int64_t)1 << 53;

enum stage { FREE, BEATING, ENDED, TOLD };

/* Times are µs of CLOCK_MONOTONIC. */
struct beat {
  enum stage stage;
  int fd;
  uint8_t *data;
  size_t length;
  struct sockaddr_storage address;
  socklen_t address_length;
  int64_t every;
  int64_t late;
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
  int64_t armed;
};

/* Messages of one descriptor. */
struct batch {
  int fd;
  unsigned count;
  size_t beats[AT_ONCE];
  struct mmsghdr messages[AT_ONCE];
  struct iovec parts[AT_ONCE];
};

/* Those that are to be told of. */
struct ends {
  size_t count;
  size_t beats[AT_ONCE];
};

/* For the next grid point at which one is due. To go off early is no harm, so a later time needs no call. */
static bool arm(struct beats *b, int fd) {
  int64_t first = INT64_MAX;
  for (size_t i = 0; i < b->count; i++)
    if (b->due[i] < first) first = b->due[i];
  if (first == INT64_MAX) return true;
  if (b->grid > 0) first = (first + b->grid - 1) / b->grid * b->grid;
  if (first >= b->armed) return true;
  if (!timer_arm(fd, (double)first)) return false;
  b->armed = first;
  return true;
}

static void end(struct beats *b, size_t i, struct ends *ends) {
  b->all[i].stage = ENDED;
  b->due[i] = INT64_MAX;
  ends->beats[ends->count++] = i;
}

/* Times that were slept through are left out. */
static void went(struct beats *b, size_t i, int64_t now) {
  struct beat *beat = &b->all[i];
  beat->sent++;
  beat->latest = now - beat->next;
  if (beat->latest > beat->worst) beat->worst = beat->latest;
  beat->next += (beat->latest / beat->every + 1) * beat->every;
  b->due[i] = beat->next;
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

/* What the kernel refuses ends; the others go. */
static void flush(struct beats *b, struct batch *batch, int64_t now, struct ends *ends) {
  for (unsigned done = 0; done < batch->count;) {
    int sent = sendmmsg(batch->fd, batch->messages + done, batch->count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) end(b, batch->beats[done++], ends);
    for (; sent > 0; sent--) went(b, batch->beats[done++], now);
  }
  batch->count = 0;
}

static void send_due(struct beats *b, struct ends *ends) {
  struct batch batch;
  int64_t now = (int64_t)now_micros();
  batch.count = 0;
  for (size_t i = 0, seen = 0; i < b->count && seen < AT_ONCE; i++) {
    if (b->due[i] > now) continue;
    seen++;
    if (now - b->due[i] > b->all[i].late) {
      end(b, i, ends);
      continue;
    }
    if (batch.count > 0 && batch.fd != b->all[i].fd) flush(b, &batch, now, ends);
    put(b, &batch, i);
  }
  flush(b, &batch, now, ends);
}

static void expired(struct watcher *w, int status) {
  struct beats *b = watcher_data(w);
  struct ends ends = {0};
  uint64_t times;
  (void)status;
  /* Armed anew since epoll saw it: nothing to read, and nothing has fired. */
  if (read(watcher_fd(w), &times, sizeof times) != sizeof times) return;
  b->armed = INT64_MAX;
  send_due(b, &ends);
  /* timerfd_settime(2) has no reason to fail here; the next start() would tell. */
  arm(b, watcher_fd(w));
  /* Whoever is told may stop and start others, or close all. */
  for (size_t i = 0; i < ends.count && watcher_open(w); i++) {
    struct beat *beat = &b->all[ends.beats[i]];
    if (beat->stage != ENDED) continue;
    beat->stage = TOLD;
    watcher_call(w, true, (int)ends.beats[i]);
  }
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

static void release(struct beats *b, size_t i) {
  free(b->all[i].data);
  b->all[i] = (struct beat){.stage = FREE};
  b->due[i] = INT64_MAX;
}

static void stopped(void *data) {
  struct beats *b = data;
  for (size_t i = 0; i < b->count; i++) free(b->all[i].data);
  free(b->all);
  free(b->due);
  free(b);
}

/* Of an open watcher; else NULL, with EBADF thrown. */
static struct beats *beats_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv,
                              struct watcher **w) {
  *w = watcher_of(env, info, argc, argv);
  if (*w == NULL) return NULL;
  if (watcher_open(*w)) return watcher_data(*w);
  throw_system_error(env, EBADF, "beat");
  return NULL;
}

/* One that was started and not stopped. */
static bool beat_argument(napi_env env, napi_value value, const struct beats *b, size_t *into) {
  int64_t i;
  if (!int_argument(env, value, "beat", 0, INT_MAX, &i)) return false;
  if ((size_t)i >= b->count || b->all[i].stage == FREE) return wrong_argument(env, "beat", "what start() returned");
  *into = (size_t)i;
  return true;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  struct watcher *w;
  struct beats *b = beats_of(env, info, 6, argv, &w);
  struct bytes data, address;
  struct beat beat = {.stage = BEATING};
  if (b == NULL || !fd_argument(env, argv[0], &beat.fd) || !bytes_argument(env, argv[1], "data", false, &data) ||
      !bytes_argument(env, argv[2], "address", true, &address) ||
      !int_argument(env, argv[3], "atMicros", 0, LONGEST, &beat.next) ||
      !int_argument(env, argv[4], "everyMicros", 1, LONGEST, &beat.every) ||
      !int_argument(env, argv[5], "lateMicros", 0, LONGEST, &beat.late))
    return NULL;
  if (address.length > sizeof beat.address) return throw_system_error(env, EINVAL, "beat");
  if (address.length > 0) memcpy(&beat.address, address.data, address.length);
  beat.address_length = (socklen_t)address.length;
  beat.length = data.length;
  beat.data = malloc(data.length + 1);
  ssize_t i = beat.data == NULL ? -1 : vacant(b);
  if (i < 0) {
    free(beat.data);
    return throw_system_error(env, ENOMEM, "beat");
  }
  memcpy(beat.data, data.data, data.length);
  b->all[i] = beat;
  b->due[i] = beat.next;
  if (arm(b, watcher_fd(w))) return number_value(env, (double)i);
  int error = errno;
  release(b, (size_t)i);
  return throw_system_error(env, error, "timerfd_settime");
}

static napi_value read_beat(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  struct watcher *w;
  struct beats *b = beats_of(env, info, 2, argv, &w);
  struct bytes into;
  size_t i;
  double figures[FIGURES];
  if (b == NULL || !beat_argument(env, argv[0], b, &i) || !bytes_argument(env, argv[1], "into", false, &into))
    return NULL;
  if (into.length < sizeof figures) {
    wrong_argument(env, "into", "room for 4 doubles");
    return NULL;
  }
  const struct beat *beat = &b->all[i];
  figures[0] = (double)beat->next;
  figures[1] = (double)beat->sent;
  figures[2] = (double)beat->latest;
  figures[3] = (double)beat->worst;
  memcpy(into.data, figures, sizeof figures);
  return NULL;
}

static napi_value stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct watcher *w;
  struct beats *b = beats_of(env, info, 1, argv, &w);
  size_t i;
  if (b != NULL && beat_argument(env, argv[0], b, &i)) release(b, i);
  return NULL;
}

static napi_value grid(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct watcher *w;
  struct beats *b = beats_of(env, info, 1, argv, &w);
  int64_t micros;
  if (b != NULL && int_argument(env, argv[0], "micros", 0, LONGEST, &micros)) b->grid = micros;
  return NULL;
}

napi_value native_beats(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "start", .method = start, .attributes = napi_enumerable},
      {.utf8name = "read", .method = read_beat, .attributes = napi_enumerable},
      {.utf8name = "stop", .method = stop, .attributes = napi_enumerable},
      {.utf8name = "grid", .method = grid, .attributes = napi_enumerable},
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[1], object;
  if (!arguments(env, info, 1, argv) || !function_argument(env, argv[0], "ended")) return NULL;
  struct beats *b = calloc(1, sizeof *b);
  if (b == NULL) return throw_system_error(env, ENOMEM, "beat");
  b->armed = INT64_MAX;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) {
    int error = errno;
    free(b);
    return throw_system_error(env, error, "timerfd_create");
  }
  struct watcher *w = watcher_new(env, fd, true, argv[0], expired, "directord.beats", methods, 5, &object);
  if (w == NULL) {
    free(b);
    return NULL;
  }
  watcher_attach(w, b, stopped);
  watcher_hold(w, false);
  return object;
}
