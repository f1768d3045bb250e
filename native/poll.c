#include "directord.h"

#include <sys/socket.h>

static void readable(struct watcher *w, int status) {
  int error = 0;
  if (status < 0) {
    /* libuv says UV_EBADF for any error on the descriptor, and has stopped watching. */
    socklen_t size = sizeof error;
    bool known = getsockopt(watcher_fd(w), SOL_SOCKET, SO_ERROR, &error, &size) == 0;
    if (!known) error = errno;
    /* Without a pending error to take away it would be reported for ever: reported once, and left. */
    if (known) {
      int failed = -watcher_rearm(w);
      if (failed != 0) error = failed;
    }
  }
  watcher_call(w, true, error);
}

napi_value native_poll(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[2], object;
  int fd;
  if (!arguments(env, info, 2, argv) || !fd_argument(env, argv[0], &fd) ||
      !function_argument(env, argv[1], "readable"))
    return NULL;
  return watcher_new(env, fd, false, argv[1], readable, "directord.poll", methods, 1, &object) == NULL ? NULL : object;
}
