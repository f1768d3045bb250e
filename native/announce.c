#include "exchange.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES_MAX = 64, FRAME_MAX = 256 };

struct frame {
  int fd;
  size_t length;
  socklen_t to_length;
  struct sockaddr_storage to;
  uint8_t data[FRAME_MAX];
};

struct announcement {
  int64_t until_us;
  uint32_t count;
  uint32_t sent;
  struct frame frames[];
};

/* Of [fd, frame, to]. @returns false with an error thrown. */
static bool read_frame(napi_env env, napi_value of, struct frame *into) {
  napi_value parts[3];
  struct bytes data, to;
  for (uint32_t i = 0; i < 3; i++) {
    if (napi_get_element(env, of, i, &parts[i]) != napi_ok) return wrong_argument(env, "frames", "an array of arrays");
  }
  int fd;
  if (!fd_argument(env, parts[0], &fd) || !bytes_argument(env, parts[1], "frame", false, &data) ||
      !bytes_argument(env, parts[2], "to", false, &to))
    return false;
  if (data.length > FRAME_MAX || to.length > sizeof into->to)
    return wrong_argument(env, "frame", "at most 256 bytes, and to a socket address");
  memcpy(into->data, data.data, data.length);
  into->length = data.length;
  memcpy(&into->to, to.data, to.length);
  into->to_length = (socklen_t)to.length;
  /* A descriptor of its own, as of the exchange. */
  into->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (into->fd >= 0) return true;
  throw_system_error(env, errno, "transact");
  return false;
}

void announcement_free(struct announcement *a) {
  if (a == NULL) return;
  for (uint32_t i = 0; i < a->count; i++) close(a->frames[i].fd);
  free(a);
}

bool announcement_new(napi_env env, napi_value frames, napi_value until, struct announcement **into) {
  napi_valuetype type;
  uint32_t count;
  double until_us;
  *into = NULL;
  if (napi_typeof(env, frames, &type) == napi_ok && (type == napi_null || type == napi_undefined)) return true;
  if (napi_get_array_length(env, frames, &count) != napi_ok || count > FRAMES_MAX)
    return wrong_argument(env, "frames", "an array of at most 64, or null");
  if (!number_argument(env, until, "untilMicros", &until_us)) return false;
  struct announcement *a = calloc(1, sizeof *a + count * sizeof a->frames[0]);
  if (a == NULL) {
    throw_system_error(env, ENOMEM, "transact");
    return false;
  }
  a->until_us = (int64_t)until_us;
  for (uint32_t i = 0; i < count; i++) {
    napi_value each;
    if (napi_get_element(env, frames, i, &each) != napi_ok || !read_frame(env, each, &a->frames[i])) {
      announcement_free(a);
      return false;
    }
    a->count++;
  }
  *into = a;
  return true;
}

void announcement_send(struct announcement *a) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  if ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 > a->until_us) return;
  for (; a->sent < a->count; a->sent++) {
    struct frame *f = &a->frames[a->sent];
    if (sendto(f->fd, f->data, f->length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&f->to, f->to_length) < 0)
      return;
  }
}

uint32_t announcement_sent(const struct announcement *a) { return a == NULL ? 0 : a->sent; }
