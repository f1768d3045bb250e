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

static napi_value pause_or_resume(napi_env env, napi_callback_info info, int (*change)(struct watcher *w)) {
  struct watcher *w = watcher_of(env, info, 0, NULL);
  if (w == NULL || !watcher_open(w)) return NULL;
  int error = -change(w);
  return error == 0 ? NULL : throw_system_error(env, error, "poll");
}

static napi_value pause_poll(napi_env env, napi_callback_info info) {
  return pause_or_resume(env, info, watcher_pause);
}

static napi_value resume_poll(napi_env env, napi_callback_info info) {
  return pause_or_resume(env, info, watcher_rearm);
}

napi_value native_poll(napi_env env, napi_callback_info info) {
  static const napi_property_descriptor methods[] = {
      {.utf8name = "pause", .method = pause_poll, .attributes = napi_enumerable},
      {.utf8name = "resume", .method = resume_poll, .attributes = napi_enumerable},
      {.utf8name = "close", .method = watcher_close, .attributes = napi_enumerable},
  };
  napi_value argv[2], object;
  int fd;
  if (!arguments(env, info, 2, argv) || !fd_argument(env, argv[0], &fd) ||
      !function_argument(env, argv[1], "readable"))
    return NULL;
  return watcher_new(env, fd, false, argv[1], readable, "directord.poll", methods, 3, &object) == NULL ? NULL : object;
}
