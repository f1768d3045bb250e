#include "tries.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Sockets of a family that wait to be used again: as many as a busy turn begins. */
enum { IDLE = 64 };

static const uint32_t NOBODY = UINT32_MAX;

/* Of one descriptor. */
struct owner {
  /* Tells this socket from earlier ones with its number: a child that was forked meanwhile may keep those in epoll. */
  uint32_t use;
  uint32_t slot;
};

struct tries {
  int epoll;
  struct owner *owners;
  size_t count;
  /* Of IPv4 and of IPv6, as a reset has left them: in epoll, with the reset at their end set. */
  int idle[2][IDLE];
  size_t idles[2];
};

struct tries *tries_new(int epoll) {
  struct tries *t = calloc(1, sizeof *t);
  if (t != NULL) t->epoll = epoll;
  return t;
}

void tries_free(struct tries *t) {
  for (int six = 0; six < 2; six++)
    while (t->idles[six] > 0) close(t->idle[six][--t->idles[six]]);
  free(t->owners);
  free(t);
}

static bool own(struct tries *t, int fd, uint32_t slot) {
  if ((size_t)fd >= t->count) {
    size_t count = 2 * (size_t)fd + 64;
    struct owner *owners = realloc(t->owners, count * sizeof *owners);
    if (owners == NULL) return false;
    memset(owners + t->count, 0, (count - t->count) * sizeof *owners);
    t->owners = owners;
    t->count = count;
  }
  t->owners[fd].slot = slot;
  return true;
}

bool tries_slot(const struct tries *t, uint64_t event, uint32_t *slot) {
  const struct owner *owner = &t->owners[(uint32_t)event];
  *slot = owner->slot;
  return owner->use == event >> 32 && owner->slot != NOBODY;
}

void tries_close(struct tries *t, int fd) {
  t->owners[fd].slot = NOBODY;
  close(fd);
}

static bool plain(const struct way *way) { return way->from_length == 0 && way->mark == 0; }

void tries_reset(struct tries *t, const struct way *way, int fd) {
  /* connect(2): AF_UNSPEC dissolves the association. For TCP that is a reset, and the socket is as new. */
  const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  int six = way->to.any.sa_family == AF_INET6;
  if (!plain(way) || t->idles[six] == IDLE || connect(fd, &nowhere, sizeof nowhere) < 0) {
    tries_close(t, fd);
    return;
  }
  t->owners[fd].slot = NOBODY;
  t->idle[six][t->idles[six]++] = fd;
}

static int dial(const struct way *way, int fd) {
  int done = connect(fd, &way->to.any, way->to_length);
  return done < 0 && errno != EINPROGRESS && errno != EINTR ? errno : 0;
}

/* @returns an error number; the socket is the caller's in any case. */
static int prepare(const struct way *way, int fd, enum call *call) {
  /* The close is a reset: no TIME_WAIT, here or there. */
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  const int one = 1;
  *call = SETSOCKOPT;
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) < 0) return errno;
  if (way->mark != 0 && setsockopt(fd, SOL_SOCKET, SO_MARK, &way->mark, sizeof way->mark) < 0) return errno;
  if (way->from_length == 0) return 0;
  /* The port is chosen when the other end is known, so that one local port serves many. */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  *call = BIND;
  return bind(fd, &way->from.any, way->from_length) < 0 ? errno : 0;
}

int tries_begin(struct tries *t, const struct way *way, uint32_t slot, int *fd, enum call *call) {
  int six = way->to.any.sa_family == AF_INET6;
  if (plain(way) && t->idles[six] > 0) {
    *fd = t->idle[six][--t->idles[six]];
    t->owners[*fd].slot = slot;
    if (dial(way, *fd) == 0) return 0;
    /* What is to be said about it, a new one says. */
    tries_close(t, *fd);
  }
  *call = SOCKET;
  *fd = socket(way->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (*fd < 0) return errno;
  int error = own(t, *fd, slot) ? prepare(way, *fd, call) : ENOMEM;
  if (error == 0) {
    *call = CONNECT;
    struct epoll_event event = {.events = EPOLLOUT | EPOLLET,
                                .data.u64 = (uint64_t)++t->owners[*fd].use << 32 | (uint32_t)*fd};
    error = dial(way, *fd);
    if (error == 0 && epoll_ctl(t->epoll, EPOLL_CTL_ADD, *fd, &event) < 0) error = errno;
  }
  if (error == 0) return 0;
  if ((size_t)*fd < t->count) t->owners[*fd].slot = NOBODY;
  close(*fd);
  *fd = -1;
  return error;
}
