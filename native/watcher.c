#include "directord.h"

#include <stdlib.h>
#include <unistd.h>

/* Tells our objects from any other `this` that a method might be called on. */
static const napi_type_tag TAG = {0x6469726563746f72, 0x77617463686572ff};

/*
 * Held by two: the JavaScript object (until it is collected) and libuv (until the handle is closed). While it is open,
 * the object is referenced strongly, so that a forgotten variable does not end the watch.
 */
struct watcher {
  uv_poll_t handle;
  napi_env env;
  napi_ref callback;
  napi_ref self;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  watcher_event event;
  watcher_stopped stopped;
  void *data;
  struct watcher *next;
  int fd;
  int holders;
  bool owns_fd;
  bool open;
  bool teardown;
};

/* All open ones of this thread, for `watched`: a few dozen at most. */
static _Thread_local struct watcher *all;

static void drop(struct watcher *w) {
  if (--w->holders == 0) free(w);
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  drop(data);
}

static void closed(uv_handle_t *handle) {
  struct watcher *w = handle->data;
  napi_handle_scope scope;
  if (w->cleanup != NULL) napi_remove_async_cleanup_hook(w->cleanup);
  /* While the environment is torn down it collects its references itself. */
  if (!w->teardown && napi_open_handle_scope(w->env, &scope) == napi_ok) {
    if (w->callback != NULL) napi_delete_reference(w->env, w->callback);
    napi_delete_reference(w->env, w->self);
    napi_async_destroy(w->env, w->context);
    napi_close_handle_scope(w->env, scope);
  }
  drop(w);
}

void watcher_stop(struct watcher *w) {
  if (!w->open) return;
  w->open = false;
  for (struct watcher **at = &all; *at != NULL; at = &(*at)->next) {
    if (*at == w) {
      *at = w->next;
      break;
    }
  }
  if (w->stopped != NULL) w->stopped(w->data);
  uv_close((uv_handle_t *)&w->handle, closed);
  /* uv_close has taken it out of epoll already. */
  if (w->owns_fd) close(w->fd);
}

static void tear_down(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  struct watcher *w = data;
  w->teardown = true;
  /* Already closing: `closed` removes the hook. */
  watcher_stop(w);
}

static void ready(uv_poll_t *handle, int status, int events) {
  (void)events;
  struct watcher *w = handle->data;
  if (w->open) w->event(w, status);
}

void watcher_attach(struct watcher *w, void *data, watcher_stopped stopped) {
  w->data = data;
  w->stopped = stopped;
}

void watcher_hold(struct watcher *w, bool hold) {
  if (!w->open) return;
  if (hold) uv_ref((uv_handle_t *)&w->handle);
  else uv_unref((uv_handle_t *)&w->handle);
}

void *watcher_data(const struct watcher *w) { return w->data; }

int watcher_fd(const struct watcher *w) { return w->fd; }
bool watcher_open(const struct watcher *w) { return w->open; }
int watcher_pause(struct watcher *w) { return uv_poll_stop(&w->handle); }
int watcher_rearm(struct watcher *w) { return uv_poll_start(&w->handle, UV_READABLE, ready); }
int watcher_await_writable(struct watcher *w) { return uv_poll_start(&w->handle, UV_WRITABLE, ready); }

bool watched(int fd) {
  for (const struct watcher *w = all; w != NULL; w = w->next)
    if (w->fd == fd) return true;
  return false;
}

/* Calls the JavaScript function as an event of its own; what it throws is an uncaught exception, as from any event. */
void watcher_call(struct watcher *w, bool with_number, int number) {
  napi_env env = w->env;
  napi_handle_scope scope;
  napi_value receiver, function, argument, error;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_global(env, &receiver) == napi_ok && napi_get_reference_value(env, w->callback, &function) == napi_ok &&
      napi_create_int32(env, number, &argument) == napi_ok &&
      napi_make_callback(env, w->context, receiver, function, with_number ? 1 : 0, &argument, NULL) ==
          napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
}

/* Runs `work` as an event of its own: what it settles is followed up when it returns. */
void watcher_run(struct watcher *w, void (*work)(napi_env env, void *data), void *data) {
  napi_env env = w->env;
  napi_handle_scope scope;
  napi_callback_scope event;
  napi_value resource;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, w->self, &resource) == napi_ok &&
      napi_open_callback_scope(env, resource, w->context, &event) == napi_ok) {
    work(env, data);
    napi_close_callback_scope(env, event);
  }
  napi_close_handle_scope(env, scope);
}

/*
 * Watches `fd` and makes the JavaScript object with `methods` for it.
 * @param callback NULL where the event needs none.
 * @returns NULL with an error thrown; an owned descriptor is closed then too.
 */
struct watcher *watcher_new(napi_env env, int fd, bool owns_fd, napi_value callback, watcher_event event,
                            const char *name, const napi_property_descriptor *methods, size_t count,
                            napi_value *object) {
  uv_loop_t *loop;
  napi_value text;
  struct watcher *w = calloc(1, sizeof *w);
  int error = w == NULL ? ENOMEM : 0;
  if (error == 0 && napi_get_uv_event_loop(env, &loop) != napi_ok) error = EINVAL;
  if (error == 0) error = -uv_poll_init(loop, &w->handle, fd);
  if (error != 0) {
    free(w);
    if (owns_fd) close(fd);
    throw_system_error(env, error, "poll");
    return NULL;
  }
  w->handle.data = w;
  w->env = env;
  w->event = event;
  w->fd = fd;
  w->owns_fd = owns_fd;
  w->open = true;
  w->holders = 1;
  w->next = all;
  all = w;
  bool made = napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text) == napi_ok &&
              napi_async_init(env, NULL, text, &w->context) == napi_ok && napi_create_object(env, object) == napi_ok &&
              napi_define_properties(env, *object, count, methods) == napi_ok &&
              napi_type_tag_object(env, *object, &TAG) == napi_ok &&
              (callback == NULL || napi_create_reference(env, callback, 1, &w->callback) == napi_ok) &&
              napi_create_reference(env, *object, 1, &w->self) == napi_ok &&
              napi_wrap(env, *object, w, finalize, NULL, NULL) == napi_ok;
  if (made) w->holders = 2;
  made = made && napi_add_async_cleanup_hook(env, tear_down, w, &w->cleanup) == napi_ok;
  if (!made) {
    /* Only when memory is short: what was made so far is left to the environment's end. */
    w->teardown = true;
    watcher_stop(w);
    throw_system_error(env, ENOMEM, "poll");
    return NULL;
  }
  error = -watcher_rearm(w);
  if (error != 0) {
    watcher_stop(w);
    throw_system_error(env, error, "poll");
    return NULL;
  }
  return w;
}

/* The watcher that a method was called on, or NULL with a TypeError thrown. */
struct watcher *watcher_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv) {
  napi_value self;
  bool ours = false;
  void *data = NULL;
  napi_valuetype type;
  size_t given = argc;
  if (napi_get_cb_info(env, info, &given, argv, &self, NULL) != napi_ok) return NULL;
  if (napi_typeof(env, self, &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, self, &TAG, &ours) != napi_ok || !ours ||
      napi_unwrap(env, self, &data) != napi_ok) {
    wrong_argument(env, "this", "what poll(), timer() or worker() returned");
    return NULL;
  }
  return data;
}

napi_value watcher_close(napi_env env, napi_callback_info info) {
  struct watcher *w = watcher_of(env, info, 0, NULL);
  if (w != NULL) watcher_stop(w);
  return NULL;
}
