#include "exchange.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  DATAGRAM_MAX = 64 << 10,
  ANSWER_MAX = 64 << 20,
  /* What goes out in one datagram: the kernel queues all its acknowledgements before send(2) returns, about 1 KiB of
   * the receive buffer each, and the default buffer holds 208 KiB. */
  CHUNK_MESSAGES = 64,
  CHUNK_BYTES = 32 << 10,
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool fail(struct exchange *x, int error, const char *call) {
  x->error = error;
  x->call = call;
  return false;
}

/* The message at `at` with its header copied out (alignment), or false where no whole message lies. */
static bool message_at(const uint8_t *data, size_t length, size_t at, struct nlmsghdr *header) {
  if (at > length || length - at < sizeof *header) return false;
  memcpy(header, data + at, sizeof *header);
  return header->nlmsg_len >= sizeof *header && header->nlmsg_len <= length - at;
}

/* Counts final answers to this request; one to an earlier request, late, is not ours. */
static void count(struct exchange *x, size_t from) {
  struct nlmsghdr header;
  for (size_t at = from; message_at(x->answer, x->filled, at, &header); at += NLMSG_ALIGN(header.nlmsg_len)) {
    bool final = header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE;
    if (final && header.nlmsg_seq >= x->first_sequence && header.nlmsg_seq <= x->last_sequence) x->seen++;
  }
}

/* Receives what waits. @returns false with an error noted. */
static bool receive_waiting(struct exchange *x) {
  while (x->seen < x->expected) {
    if (x->room - x->filled < DATAGRAM_MAX) {
      size_t room = x->room == 0 ? DATAGRAM_MAX : x->room * 2;
      if (room > ANSWER_MAX) return fail(x, EMSGSIZE, "recv");
      uint8_t *larger = realloc(x->answer, room);
      if (larger == NULL) return fail(x, ENOMEM, "recv");
      x->answer = larger;
      x->room = room;
    }
    struct sockaddr_nl from = {0};
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(x->fd, x->answer + x->filled, DATAGRAM_MAX, MSG_DONTWAIT | MSG_TRUNC,
                           (struct sockaddr *)&from, &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got < 0) return fail(x, errno, "recv");
    if (got > DATAGRAM_MAX) return fail(x, EMSGSIZE, "recv");
    /* Only the kernel answers; a process may write to the socket as well. */
    if (from.nl_pid != 0) continue;
    size_t at = x->filled;
    x->filled += NLMSG_ALIGN((size_t)got);
    memset(x->answer + at + got, 0, x->filled - at - (size_t)got);
    count(x, at);
  }
  return true;
}

/* Waits for the descriptor. @returns false with ETIMEDOUT, or another error, noted. */
static bool wait_for(struct exchange *x, short events) {
  for (;;) {
    int64_t left = x->deadline - now_ms();
    struct pollfd watched = {.fd = x->fd, .events = events};
    int result = poll(&watched, 1, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
    if (result > 0) return true;
    if (result == 0) return fail(x, ETIMEDOUT, events == POLLOUT ? "send" : "recv");
    if (errno != EINTR) return fail(x, errno, "poll");
  }
}

static bool send_chunk(struct exchange *x, const uint8_t *data, size_t length) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  for (;;) {
    ssize_t sent = sendto(x->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof kernel);
    if (sent >= 0) return true;
    if (errno == EAGAIN) {
      if (!wait_for(x, POLLOUT)) return false;
    } else if (errno != EINTR) {
      return fail(x, errno, "send");
    }
  }
}

/* What an earlier transaction that was given up has left in the socket. */
static void discard_waiting(struct exchange *x) {
  uint8_t byte;
  for (int i = 0; i < 100000; i++) {
    if (recv(x->fd, &byte, sizeof byte, MSG_DONTWAIT) < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

void exchange_run(struct exchange *x) {
  struct nlmsghdr header;
  discard_waiting(x);
  for (size_t start = 0; start < x->length;) {
    size_t end = start;
    bool dump = false;
    for (int messages = 0; messages < CHUNK_MESSAGES && end < x->length && !dump; messages++) {
      message_at(x->request, x->length, end, &header);
      size_t next = end + NLMSG_ALIGN(header.nlmsg_len);
      if (next > x->length) next = x->length;
      /* A socket carries one dump at a time (EBUSY): each goes alone, and is read to its end before the next. */
      bool alone = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
      if (messages > 0 && (alone || next - start > CHUNK_BYTES)) break;
      dump = alone;
      end = next;
    }
    int64_t before = x->seen;
    if (!send_chunk(x, x->request + start, end - start) || !receive_waiting(x)) return;
    while (dump && x->seen == before && x->seen < x->expected) {
      if (!wait_for(x, POLLIN) || !receive_waiting(x)) return;
    }
    start = end;
  }
  while (x->seen < x->expected) {
    if (!wait_for(x, POLLIN) || !receive_waiting(x)) return;
  }
}

bool exchange_granted(const struct exchange *x) {
  struct nlmsghdr header;
  int64_t granted = 0;
  for (size_t at = 0; message_at(x->answer, x->filled, at, &header); at += NLMSG_ALIGN(header.nlmsg_len)) {
    int32_t error;
    if (header.nlmsg_type != NLMSG_ERROR || header.nlmsg_len < sizeof header + sizeof error) continue;
    if (header.nlmsg_seq < x->first_sequence || header.nlmsg_seq > x->last_sequence) continue;
    memcpy(&error, x->answer + at + NLMSG_HDRLEN, sizeof error);
    if (error != 0) return false;
    granted++;
  }
  return x->error == 0 && granted == x->expected;
}

/* Walks the request: whole messages to its end, and the range of their sequence numbers. */
static bool read_request(struct exchange *x) {
  struct nlmsghdr header;
  size_t at = 0;
  x->first_sequence = UINT32_MAX;
  while (at < x->length) {
    if (!message_at(x->request, x->length, at, &header)) return false;
    if (header.nlmsg_seq < x->first_sequence) x->first_sequence = header.nlmsg_seq;
    if (header.nlmsg_seq > x->last_sequence) x->last_sequence = header.nlmsg_seq;
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return x->length > 0;
}

void exchange_free(struct exchange *x) {
  if (x->fd >= 0) close(x->fd);
  free(x->request);
  free(x->answer);
  free(x);
}

struct exchange *exchange_new(napi_env env, napi_value *argv) {
  int fd;
  struct bytes request;
  int64_t expected, timeout;
  if (!fd_argument(env, argv[0], &fd) || !bytes_argument(env, argv[1], "request", false, &request) ||
      !int_argument(env, argv[2], "expected", 0, INT_MAX, &expected) ||
      !int_argument(env, argv[3], "timeoutMs", 0, INT_MAX, &timeout))
    return NULL;
  struct exchange *x = calloc(1, sizeof *x);
  if (x == NULL) {
    throw_system_error(env, ENOMEM, "transact");
    return NULL;
  }
  /* A descriptor of its own: the caller may close his while the other thread waits, and the number be used again. */
  x->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int error = x->fd < 0 ? errno : 0;
  x->expected = expected;
  x->deadline = now_ms() + timeout;
  x->length = request.length;
  x->request = malloc(request.length + 1);
  if (x->request != NULL) memcpy(x->request, request.data, request.length);
  if (error == 0 && x->request == NULL) error = ENOMEM;
  if (error != 0) {
    exchange_free(x);
    throw_system_error(env, error, "transact");
    return NULL;
  }
  if (!read_request(x)) {
    exchange_free(x);
    wrong_argument(env, "request", "one or more whole netlink messages");
    return NULL;
  }
  return x;
}

/* What came, as a Uint8Array, or NULL with the error noted. */
static napi_value answer_of(napi_env env, struct exchange *x) {
  napi_value buffer, array;
  void *into;
  if (x->error != 0) return NULL;
  if (napi_create_arraybuffer(env, x->filled, &into, &buffer) == napi_ok &&
      napi_create_typedarray(env, napi_uint8_array, x->filled, buffer, 0, &array) == napi_ok) {
    if (x->filled > 0) memcpy(into, x->answer, x->filled);
    return array;
  }
  fail(x, ENOMEM, "transact");
  return NULL;
}

/* { answer, sent }, or NULL with the error noted. */
static napi_value with_sent(napi_env env, struct exchange *x, napi_value answer, uint32_t sent) {
  napi_value object, count;
  if (napi_create_object(env, &object) == napi_ok && napi_create_uint32(env, sent, &count) == napi_ok &&
      napi_set_named_property(env, object, "answer", answer) == napi_ok &&
      napi_set_named_property(env, object, "sent", count) == napi_ok)
    return object;
  fail(x, ENOMEM, "transact");
  return NULL;
}

void exchange_settle(napi_env env, napi_deferred deferred, struct exchange *x, const uint32_t *sent) {
  napi_value answer = answer_of(env, x);
  if (answer != NULL && sent != NULL) answer = with_sent(env, x, answer, *sent);
  if (answer != NULL) {
    napi_resolve_deferred(env, deferred, answer);
    return;
  }
  napi_value error = system_error(env, x->error, x->call);
  if (error != NULL) napi_reject_deferred(env, deferred, error);
}
