#include "directord.h"

#include <string.h>
#include <sys/socket.h>

/* Writable, or failed: either way the attempt is over and SO_ERROR says how (connect(2), EINPROGRESS). */
static void connected(struct watcher *w, int status) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(watcher_fd(w), SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  if (error == 0 && status < 0) error = -status;
  watcher_pause(w);
  watcher_call(w, true, error);
}

napi_value native_connect(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[3], object;
  int fd;
  struct bytes address;
  if (!arguments(env, info, 3, argv) || !fd_argument(env, argv[0], &fd) ||
      !bytes_argument(env, argv[1], "address", false, &address) || !function_argument(env, argv[2], "connected"))
    return NULL;
  struct sockaddr_storage copy = {0};
  if (address.length > sizeof copy) return throw_system_error(env, EINVAL, "connect");
  memcpy(&copy, address.data, address.length);
  if (connect(fd, (struct sockaddr *)&copy, (socklen_t)address.length) < 0 && errno != EINPROGRESS)
    return throw_system_error(env, errno, "connect");
  struct watcher *w = watcher_new(env, fd, false, argv[2], connected, "directord.connect", methods, 1, &object);
  if (w == NULL) return NULL;
  int error = -watcher_await_writable(w);
  if (error == 0) return object;
  watcher_stop(w);
  return throw_system_error(env, error, "poll");
}
