#include "directord.h"

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

struct transaction {
  napi_async_work work;
  napi_deferred deferred;
  uint8_t *request;
  size_t length;
  uint8_t *answer;
  size_t filled;
  size_t room;
  uint32_t first_sequence;
  uint32_t last_sequence;
  int64_t expected;
  int64_t seen;
  int64_t deadline;
  int fd;
  int error;
  const char *call;
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool fail(struct transaction *t, int error, const char *call) {
  t->error = error;
  t->call = call;
  return false;
}

/* The message at `at` with its header copied out (alignment), or false where no whole message lies. */
static bool message_at(const uint8_t *data, size_t length, size_t at, struct nlmsghdr *header) {
  if (at > length || length - at < sizeof *header) return false;
  memcpy(header, data + at, sizeof *header);
  return header->nlmsg_len >= sizeof *header && header->nlmsg_len <= length - at;
}

/* Counts final answers to this request; one to an earlier request, late, is not ours. */
static void count(struct transaction *t, size_t from) {
  struct nlmsghdr header;
  for (size_t at = from; message_at(t->answer, t->filled, at, &header); at += NLMSG_ALIGN(header.nlmsg_len)) {
    bool final = header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE;
    if (final && header.nlmsg_seq >= t->first_sequence && header.nlmsg_seq <= t->last_sequence) t->seen++;
  }
}

/* Receives what waits. @returns false with an error noted. */
static bool receive_waiting(struct transaction *t) {
  while (t->seen < t->expected) {
    if (t->room - t->filled < DATAGRAM_MAX) {
      size_t room = t->room == 0 ? DATAGRAM_MAX * 2 : t->room * 2;
      if (room > ANSWER_MAX) return fail(t, EMSGSIZE, "recv");
      uint8_t *larger = realloc(t->answer, room);
      if (larger == NULL) return fail(t, ENOMEM, "recv");
      t->answer = larger;
      t->room = room;
    }
    struct sockaddr_nl from = {0};
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(t->fd, t->answer + t->filled, DATAGRAM_MAX, MSG_DONTWAIT | MSG_TRUNC,
                           (struct sockaddr *)&from, &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got < 0) return fail(t, errno, "recv");
    if (got > DATAGRAM_MAX) return fail(t, EMSGSIZE, "recv");
    /* Only the kernel answers; a process may write to the socket as well. */
    if (from.nl_pid != 0) continue;
    size_t at = t->filled;
    t->filled += NLMSG_ALIGN((size_t)got);
    memset(t->answer + at + got, 0, t->filled - at - (size_t)got);
    count(t, at);
  }
  return true;
}

/* Waits for the descriptor. @returns false with ETIMEDOUT, or another error, noted. */
static bool wait_for(struct transaction *t, short events) {
  for (;;) {
    int64_t left = t->deadline - now_ms();
    struct pollfd watched = {.fd = t->fd, .events = events};
    int result = poll(&watched, 1, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
    if (result > 0) return true;
    if (result == 0) return fail(t, ETIMEDOUT, events == POLLOUT ? "send" : "recv");
    if (errno != EINTR) return fail(t, errno, "poll");
  }
}

static bool send_chunk(struct transaction *t, const uint8_t *data, size_t length) {
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  for (;;) {
    ssize_t sent = sendto(t->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof kernel);
    if (sent >= 0) return true;
    if (errno == EAGAIN) {
      if (!wait_for(t, POLLOUT)) return false;
    } else if (errno != EINTR) {
      return fail(t, errno, "send");
    }
  }
}

/* What an earlier transaction that was given up has left in the socket. */
static void discard_waiting(struct transaction *t) {
  uint8_t byte;
  for (int i = 0; i < 100000; i++) {
    if (recv(t->fd, &byte, sizeof byte, MSG_DONTWAIT) < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

static void execute(napi_env env, void *data) {
  (void)env;
  struct transaction *t = data;
  struct nlmsghdr header;
  discard_waiting(t);
  for (size_t start = 0; start < t->length;) {
    size_t end = start;
    bool dump = false;
    for (int messages = 0; messages < CHUNK_MESSAGES && end < t->length && !dump; messages++) {
      message_at(t->request, t->length, end, &header);
      size_t next = end + NLMSG_ALIGN(header.nlmsg_len);
      if (next > t->length) next = t->length;
      /* A socket carries one dump at a time (EBUSY): each goes alone, and is read to its end before the next. */
      bool alone = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
      if (messages > 0 && (alone || next - start > CHUNK_BYTES)) break;
      dump = alone;
      end = next;
    }
    int64_t before = t->seen;
    if (!send_chunk(t, t->request + start, end - start) || !receive_waiting(t)) return;
    while (dump && t->seen == before && t->seen < t->expected) {
      if (!wait_for(t, POLLIN) || !receive_waiting(t)) return;
    }
    start = end;
  }
  while (t->seen < t->expected) {
    if (!wait_for(t, POLLIN) || !receive_waiting(t)) return;
  }
}

static void release(struct transaction *t) {
  if (t->fd >= 0) close(t->fd);
  free(t->request);
  free(t->answer);
  free(t);
}

static void complete(napi_env env, napi_status status, void *data) {
  struct transaction *t = data;
  napi_value buffer, array, error = NULL;
  void *into;
  if (status == napi_cancelled) fail(t, ECANCELED, "transact");
  if (t->error == 0) {
    if (napi_create_arraybuffer(env, t->filled, &into, &buffer) == napi_ok &&
        napi_create_typedarray(env, napi_uint8_array, t->filled, buffer, 0, &array) == napi_ok) {
      if (t->filled > 0) memcpy(into, t->answer, t->filled);
      napi_resolve_deferred(env, t->deferred, array);
    } else {
      fail(t, ENOMEM, "transact");
    }
  }
  if (t->error != 0 && (error = system_error(env, t->error, t->call)) != NULL)
    napi_reject_deferred(env, t->deferred, error);
  napi_delete_async_work(env, t->work);
  release(t);
}

/* Walks the request: whole messages to its end, and the range of their sequence numbers. */
static bool read_request(struct transaction *t) {
  struct nlmsghdr header;
  size_t at = 0;
  t->first_sequence = UINT32_MAX;
  while (at < t->length) {
    if (!message_at(t->request, t->length, at, &header)) return false;
    if (header.nlmsg_seq < t->first_sequence) t->first_sequence = header.nlmsg_seq;
    if (header.nlmsg_seq > t->last_sequence) t->last_sequence = header.nlmsg_seq;
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return t->length > 0;
}

napi_value native_transact(napi_env env, napi_callback_info info) {
  napi_value argv[4], promise, name;
  int fd;
  struct bytes request;
  int64_t expected, timeout;
  if (!arguments(env, info, 4, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "request", false, &request) ||
      !int_argument(env, argv[2], "expected", 0, INT_MAX, &expected) ||
      !int_argument(env, argv[3], "timeoutMs", 0, INT_MAX, &timeout))
    return NULL;
  struct transaction *t = calloc(1, sizeof *t);
  if (t == NULL) return throw_system_error(env, ENOMEM, "transact");
  /* A descriptor of its own: the caller may close his while the pool's thread waits, and the number be used again. */
  t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int error = t->fd < 0 ? errno : 0;
  t->expected = expected;
  t->deadline = now_ms() + timeout;
  t->length = request.length;
  t->request = malloc(request.length + 1);
  if (t->request != NULL) memcpy(t->request, request.data, request.length);
  if (error == 0 && t->request == NULL) error = ENOMEM;
  if (error == 0 && !read_request(t)) {
    release(t);
    wrong_argument(env, "request", "one or more whole netlink messages");
    return NULL;
  }
  if (error == 0 && (napi_create_string_utf8(env, "directord.transact", NAPI_AUTO_LENGTH, &name) != napi_ok ||
                     napi_create_async_work(env, NULL, name, execute, complete, t, &t->work) != napi_ok ||
                     napi_create_promise(env, &t->deferred, &promise) != napi_ok ||
                     napi_queue_async_work(env, t->work) != napi_ok))
    error = ENOMEM;
  if (error != 0) {
    release(t);
    return throw_system_error(env, error, "transact");
  }
  return promise;
}
