#include "directord.h"

#include <limits.h>
#include <linux/filter.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The largest option the kernel has is far below; a caller's mistake must not allocate without bound. */
enum { OPTION_MAX = 1 << 16 };

napi_value native_socket(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int64_t domain, type, protocol;
  if (!arguments(env, info, 3, argv) || !int_argument(env, argv[0], "domain", 0, INT_MAX, &domain) ||
      !int_argument(env, argv[1], "type", 0, INT_MAX, &type) ||
      !int_argument(env, argv[2], "protocol", 0, INT_MAX, &protocol))
    return NULL;
  int fd = socket((int)domain, (int)type | SOCK_CLOEXEC | SOCK_NONBLOCK, (int)protocol);
  return fd < 0 ? throw_system_error(env, errno, "socket") : number_value(env, fd);
}

napi_value native_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  int fd;
  if (!arguments(env, info, 1, argv) || !fd_argument(env, argv[0], &fd)) return NULL;
  /* libuv aborts the process when a descriptor that it watches is gone: refused instead. */
  if (watched(fd)) return throw_system_error(env, EBUSY, "close");
  /* After EINTR the descriptor is closed on Linux all the same. */
  if (close(fd) < 0 && errno != EINTR) return throw_system_error(env, errno, "close");
  return NULL;
}

napi_value native_bind(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  int fd;
  struct bytes address;
  if (!arguments(env, info, 2, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "address", false, &address))
    return NULL;
  struct sockaddr_storage copy = {0};
  if (address.length > sizeof copy) return throw_system_error(env, EINVAL, "bind");
  memcpy(&copy, address.data, address.length);
  if (bind(fd, (struct sockaddr *)&copy, (socklen_t)address.length) < 0) return throw_system_error(env, errno, "bind");
  return NULL;
}

napi_value native_set_option(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  int fd;
  int64_t level, name, number;
  napi_valuetype type;
  if (!arguments(env, info, 4, argv) || !fd_argument(env, argv[0], &fd) ||
      !int_argument(env, argv[1], "level", 0, INT_MAX, &level) ||
      !int_argument(env, argv[2], "name", 0, INT_MAX, &name))
    return NULL;
  int result;
  if (napi_typeof(env, argv[3], &type) == napi_ok && type == napi_number) {
    if (!int_argument(env, argv[3], "value", INT_MIN, INT_MAX, &number)) return NULL;
    int value = (int)number;
    result = setsockopt(fd, (int)level, (int)name, &value, sizeof value);
  } else {
    struct bytes value;
    if (!bytes_argument(env, argv[3], "value", false, &value)) return NULL;
    if (value.length > OPTION_MAX) return throw_system_error(env, EINVAL, "setsockopt");
    result = setsockopt(fd, (int)level, (int)name, value.data, (socklen_t)value.length);
  }
  return result < 0 ? throw_system_error(env, errno, "setsockopt") : NULL;
}

/* A new Uint8Array with these bytes. */
static napi_value bytes_value(napi_env env, const void *from, size_t length) {
  napi_value buffer, array = NULL;
  void *data;
  if (napi_create_arraybuffer(env, length, &data, &buffer) != napi_ok) return NULL;
  if (length > 0) memcpy(data, from, length);
  napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array);
  return array;
}

napi_value native_local_address(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  int fd;
  if (!arguments(env, info, 1, argv) || !fd_argument(env, argv[0], &fd)) return NULL;
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) return throw_system_error(env, errno, "getsockname");
  return bytes_value(env, &address, size < sizeof address ? size : sizeof address);
}

napi_value native_get_option(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  int fd;
  int64_t level, name, length;
  if (!arguments(env, info, 4, argv) || !fd_argument(env, argv[0], &fd) ||
      !int_argument(env, argv[1], "level", 0, INT_MAX, &level) ||
      !int_argument(env, argv[2], "name", 0, INT_MAX, &name) ||
      !int_argument(env, argv[3], "length", 0, OPTION_MAX, &length))
    return NULL;
  uint8_t room[OPTION_MAX];
  socklen_t size = (socklen_t)length;
  if (getsockopt(fd, (int)level, (int)name, room, &size) < 0) return throw_system_error(env, errno, "getsockopt");
  if (size > (socklen_t)length) size = (socklen_t)length;
  return bytes_value(env, room, size);
}

napi_value native_attach_filter(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  int fd;
  struct bytes program;
  if (!arguments(env, info, 2, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "program", false, &program))
    return NULL;
  struct sock_filter code[BPF_MAXINSNS];
  if (program.length == 0 || program.length % sizeof code[0] != 0 || program.length > sizeof code)
    return throw_system_error(env, EINVAL, "setsockopt");
  memcpy(code, program.data, program.length);
  struct sock_fprog filter = {.len = (unsigned short)(program.length / sizeof code[0]), .filter = code};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
    return throw_system_error(env, errno, "setsockopt");
  return NULL;
}

napi_value native_peer_credentials(napi_env env, napi_callback_info info) {
  napi_value argv[1], object = NULL;
  int fd;
  if (!arguments(env, info, 1, argv) || !fd_argument(env, argv[0], &fd)) return NULL;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return throw_system_error(env, errno, "getsockopt");
  napi_create_object(env, &object);
  napi_set_named_property(env, object, "pid", number_value(env, peer.pid));
  napi_set_named_property(env, object, "uid", number_value(env, peer.uid));
  napi_set_named_property(env, object, "gid", number_value(env, peer.gid));
  return object;
}

napi_value native_interface_index(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char name[256];
  size_t length;
  if (!arguments(env, info, 1, argv) || !text_argument(env, argv[0], "name", name, sizeof name, &length)) return NULL;
  if (length >= IF_NAMESIZE || strlen(name) != length) return number_value(env, 0);
  return number_value(env, if_nametoindex(name));
}
