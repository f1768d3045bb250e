#include "directord.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A socket address given as bytes, copied so that it is aligned. */
static bool copy_address(napi_env env, struct bytes from, const char *call, struct sockaddr_storage *into) {
  memset(into, 0, sizeof *into);
  if (from.length > sizeof *into) {
    throw_system_error(env, EINVAL, call);
    return false;
  }
  if (from.length > 0) memcpy(into, from.data, from.length);
  return true;
}

napi_value native_send(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int fd;
  struct bytes data, address;
  struct sockaddr_storage to;
  if (!arguments(env, info, 3, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "data", false, &data) ||
      !bytes_argument(env, argv[2], "address", true, &address) || !copy_address(env, address, "sendto", &to))
    return NULL;
  ssize_t sent;
  do {
    sent = sendto(fd, data.data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL,
                  address.data == NULL ? NULL : (struct sockaddr *)&to, (socklen_t)address.length);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? throw_system_error(env, errno, "sendto") : number_value(env, (double)sent);
}

napi_value native_send_many(napi_env env, napi_callback_info info) {
  enum { AT_ONCE = 512 };
  napi_value argv[5];
  int fd;
  int64_t size, count;
  struct bytes data, address;
  struct sockaddr_storage to;
  if (!arguments(env, info, 5, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "data", false, &data) || !int_argument(env, argv[2], "size", 1, INT_MAX, &size) ||
      !int_argument(env, argv[3], "count", 0, INT_MAX, &count) ||
      !bytes_argument(env, argv[4], "address", true, &address) || !copy_address(env, address, "sendmmsg", &to))
    return NULL;
  if (count > (int64_t)data.length / size) {
    wrong_argument(env, "data", "at least size × count bytes");
    return NULL;
  }
  struct mmsghdr messages[AT_ONCE];
  struct iovec parts[AT_ONCE];
  int64_t done = 0;
  while (done < count) {
    unsigned batch = count - done < AT_ONCE ? (unsigned)(count - done) : AT_ONCE;
    memset(messages, 0, batch * sizeof messages[0]);
    for (unsigned i = 0; i < batch; i++) {
      parts[i].iov_base = data.data + (done + i) * size;
      parts[i].iov_len = (size_t)size;
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      if (address.data != NULL) {
        messages[i].msg_hdr.msg_name = &to;
        messages[i].msg_hdr.msg_namelen = (socklen_t)address.length;
      }
    }
    int sent = sendmmsg(fd, messages, batch, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      /* A full queue after some is an answer, not an error: the caller sees how far it got. */
      if (done > 0 || errno == EAGAIN) break;
      return throw_system_error(env, errno, "sendmmsg");
    }
    done += sent;
    if ((unsigned)sent < batch) break;
  }
  return number_value(env, (double)done);
}

napi_value native_receive(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  int fd;
  struct bytes into, address, control;
  if (!arguments(env, info, 4, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "into", false, &into) ||
      !bytes_argument(env, argv[2], "address", true, &address) ||
      !bytes_argument(env, argv[3], "control", true, &control))
    return NULL;
  if (control.data != NULL && control.length < 4) {
    wrong_argument(env, "control", "at least 4 bytes, where its length is written");
    return NULL;
  }
  struct sockaddr_storage from = {0};
  struct iovec part = {.iov_base = into.data, .iov_len = into.length};
  struct msghdr message = {.msg_name = address.data == NULL ? NULL : &from,
                           .msg_namelen = address.data == NULL ? 0 : sizeof from,
                           .msg_iov = &part,
                           .msg_iovlen = 1};
  if (control.data != NULL) {
    message.msg_control = control.data + 4;
    message.msg_controllen = control.length - 4;
  }
  ssize_t got;
  do {
    got = recvmsg(fd, &message, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN) return number_value(env, -1);
    return throw_system_error(env, errno, "recvmsg");
  }
  if (address.data != NULL) {
    memset(address.data, 0, address.length);
    memcpy(address.data, &from, address.length < sizeof from ? address.length : sizeof from);
  }
  if (control.data != NULL) {
    uint32_t length = (uint32_t)message.msg_controllen;
    memcpy(control.data, &length, sizeof length);
  }
  return number_value(env, (double)got);
}

/* The nth of `count` equal parts, or NULL of NULL. */
static uint8_t *part(struct bytes whole, size_t count, size_t n) {
  return whole.data == NULL ? NULL : whole.data + n * (whole.length / count);
}

napi_value native_receive_many(napi_env env, napi_callback_info info) {
  enum { AT_ONCE = 64 };
  napi_value argv[6];
  int fd;
  int64_t most;
  struct bytes into, lengths, address, control;
  if (!arguments(env, info, 6, argv) || !fd_argument(env, argv[0], &fd) ||
      !int_argument(env, argv[1], "most", 0, INT_MAX, &most) || !bytes_argument(env, argv[2], "into", false, &into) ||
      !bytes_argument(env, argv[3], "lengths", false, &lengths) ||
      !bytes_argument(env, argv[4], "address", true, &address) ||
      !bytes_argument(env, argv[5], "control", true, &control))
    return NULL;
  size_t count = lengths.length / sizeof(uint32_t);
  if (count == 0 || count > AT_ONCE) {
    wrong_argument(env, "lengths", "room for 1 to 64 lengths");
    return NULL;
  }
  if (control.data != NULL && control.length / count < sizeof(uint32_t)) {
    wrong_argument(env, "control", "at least 4 bytes for each, where its length is written");
    return NULL;
  }
  struct mmsghdr messages[AT_ONCE];
  struct iovec parts[AT_ONCE];
  struct sockaddr_storage from[AT_ONCE];
  if ((size_t)most < count) lengths.length = (size_t)most * sizeof(uint32_t);
  unsigned asked = (unsigned)(lengths.length / sizeof(uint32_t));
  for (unsigned i = 0; i < asked; i++) {
    parts[i] = (struct iovec){.iov_base = part(into, count, i), .iov_len = into.length / count};
    messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = address.data == NULL ? NULL : &from[i],
                                               .msg_namelen = address.data == NULL ? 0 : sizeof from[i],
                                               .msg_iov = &parts[i],
                                               .msg_iovlen = 1}};
    if (control.data == NULL) continue;
    messages[i].msg_hdr.msg_control = part(control, count, i) + sizeof(uint32_t);
    messages[i].msg_hdr.msg_controllen = control.length / count - sizeof(uint32_t);
  }
  int got;
  do {
    got = asked == 0 ? 0 : recvmmsg(fd, messages, asked, MSG_DONTWAIT, NULL);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) return throw_system_error(env, errno, "recvmmsg");
  for (int i = 0; i < got; i++) {
    uint32_t length = messages[i].msg_len;
    memcpy(lengths.data + (size_t)i * sizeof length, &length, sizeof length);
    if (address.data != NULL) {
      size_t room = address.length / count, known = messages[i].msg_hdr.msg_namelen;
      if (known > sizeof from[i]) known = sizeof from[i];
      memset(part(address, count, (size_t)i), 0, room);
      memcpy(part(address, count, (size_t)i), &from[i], known < room ? known : room);
    }
    if (control.data != NULL) {
      uint32_t filled = (uint32_t)messages[i].msg_hdr.msg_controllen;
      memcpy(part(control, count, (size_t)i), &filled, sizeof filled);
    }
  }
  return number_value(env, got < 0 ? 0 : got);
}

napi_value native_age(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  struct bytes control;
  uint32_t length;
  if (!arguments(env, info, 1, argv) || !bytes_argument(env, argv[0], "control", false, &control)) return NULL;
  if (control.length < sizeof length) {
    wrong_argument(env, "control", "what receive() has filled");
    return NULL;
  }
  memcpy(&length, control.data, sizeof length);
  if (length > control.length - sizeof length) length = (uint32_t)(control.length - sizeof length);
  /* Its beginning has no alignment, so each header is copied out. */
  const uint8_t *data = control.data + sizeof length;
  struct cmsghdr header;
  for (size_t at = 0; length - at >= sizeof header && at < length; at += CMSG_ALIGN(header.cmsg_len)) {
    struct timespec stamp, now;
    memcpy(&header, data + at, sizeof header);
    if (header.cmsg_len < sizeof header || header.cmsg_len > length - at) break;
    if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_TIMESTAMPNS) continue;
    if (header.cmsg_len < CMSG_LEN(sizeof stamp)) break;
    memcpy(&stamp, data + at + CMSG_LEN(0), sizeof stamp);
    clock_gettime(CLOCK_REALTIME, &now);
    double age = (double)(now.tv_sec - stamp.tv_sec) * 1e6 + (double)(now.tv_nsec - stamp.tv_nsec) / 1e3;
    return number_value(env, age < 0 ? 0 : age);
  }
  return number_value(env, -1);
}

napi_value native_datagram(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  char path[sizeof to.sun_path + 1];
  size_t length;
  struct bytes data;
  if (!arguments(env, info, 2, argv) || !text_argument(env, argv[0], "path", path, sizeof path, &length) ||
      !bytes_argument(env, argv[1], "data", false, &data))
    return NULL;
  memcpy(to.sun_path, path, length < sizeof to.sun_path ? length : sizeof to.sun_path);
  if (length > 0 && path[0] == '@') to.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return throw_system_error(env, errno, "socket");
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(fd, data.data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, size);
  int error = errno;
  close(fd);
  return sent < 0 ? throw_system_error(env, error, "sendto") : NULL;
}
