/*
 * The addon's inside: bytes, descriptors and numbers, no knowledge of a protocol. The interface for JavaScript, with its
 * contracts, is src/kernel/native.ts; each function of it is one `napi_value native_…` here.
 */
#ifndef DIRECTORD_H
#define DIRECTORD_H

#define _GNU_SOURCE
#define NAPI_VERSION 8

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <node_api.h>
#include <uv.h>

/* A Uint8Array of the caller's; `data` is NULL where null was allowed and given. Valid until the call returns. */
struct bytes {
  uint8_t *data;
  size_t length;
};

/* arguments.c: each returns false, with a TypeError thrown that names the argument, when it is not what is wanted. */
bool arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool int_argument(napi_env env, napi_value value, const char *name, int64_t least, int64_t most, int64_t *into);
bool fd_argument(napi_env env, napi_value value, int *into);
bool number_argument(napi_env env, napi_value value, const char *name, double *into);
bool bytes_argument(napi_env env, napi_value value, const char *name, bool null_allowed, struct bytes *into);
bool text_argument(napi_env env, napi_value value, const char *name, char *into, size_t size, size_t *length);
bool function_argument(napi_env env, napi_value value, const char *name);
bool wrong_argument(napi_env env, const char *name, const char *wanted);

/* error.c */
napi_value system_error(napi_env env, int number, const char *call);
napi_value throw_system_error(napi_env env, int number, const char *call);
napi_value number_value(napi_env env, double number);

/* watcher.c: a libuv poll handle that calls a JavaScript function. */
struct watcher;
typedef void (*watcher_event)(struct watcher *w, int status);
typedef void (*watcher_stopped)(void *data);
struct watcher *watcher_new(napi_env env, int fd, bool owns_fd, napi_value callback, watcher_event event,
                            const char *name, const napi_property_descriptor *methods, size_t count,
                            napi_value *object);
struct watcher *watcher_of(napi_env env, napi_callback_info info, size_t argc, napi_value *argv);
int watcher_fd(const struct watcher *w);
bool watcher_open(const struct watcher *w);
int watcher_pause(struct watcher *w);
int watcher_rearm(struct watcher *w);
/* Calls back when it is writable, and no longer when it is readable. */
int watcher_await_writable(struct watcher *w);
/* Something of the owner's; `stopped` is told once, before the descriptor is closed. */
void watcher_attach(struct watcher *w, void *data, watcher_stopped stopped);
/* Whether it keeps the process from ending, as it does at first. */
void watcher_hold(struct watcher *w, bool hold);
void *watcher_data(const struct watcher *w);
void watcher_run(struct watcher *w, void (*work)(napi_env env, void *data), void *data);
void watcher_call(struct watcher *w, bool with_number, int number);
void watcher_stop(struct watcher *w);
napi_value watcher_close(napi_env env, napi_callback_info info);
bool watched(int fd);

/* timer.c: CLOCK_MONOTONIC in µs; arms a timerfd for such a time, one in the past to go off at once. */
double now_micros(void);
bool timer_arm(int fd, double micros);

/* process.c: gives the calling thread the slices that another has, where the kernel lets it. */
void slice_like(pid_t thread);

/* The functions that JavaScript sees. */
napi_value native_now(napi_env env, napi_callback_info info);
napi_value native_socket(napi_env env, napi_callback_info info);
napi_value native_close(napi_env env, napi_callback_info info);
napi_value native_bind(napi_env env, napi_callback_info info);
napi_value native_local_address(napi_env env, napi_callback_info info);
napi_value native_connect(napi_env env, napi_callback_info info);
napi_value native_set_option(napi_env env, napi_callback_info info);
napi_value native_get_option(napi_env env, napi_callback_info info);
napi_value native_attach_filter(napi_env env, napi_callback_info info);
napi_value native_send(napi_env env, napi_callback_info info);
napi_value native_send_many(napi_env env, napi_callback_info info);
napi_value native_receive(napi_env env, napi_callback_info info);
napi_value native_receive_many(napi_env env, napi_callback_info info);
napi_value native_age(napi_env env, napi_callback_info info);
napi_value native_datagram(napi_env env, napi_callback_info info);
napi_value native_peer_credentials(napi_env env, napi_callback_info info);
napi_value native_interface_index(napi_env env, napi_callback_info info);
napi_value native_poll(napi_env env, napi_callback_info info);
napi_value native_timer(napi_env env, napi_callback_info info);
napi_value native_beats(napi_env env, napi_callback_info info);
napi_value native_prober(napi_env env, napi_callback_info info);
napi_value native_transact(napi_env env, napi_callback_info info);
napi_value native_worker(napi_env env, napi_callback_info info);
napi_value native_pidfd_open(napi_env env, napi_callback_info info);
napi_value native_lock(napi_env env, napi_callback_info info);
napi_value native_close_on_exec_all(napi_env env, napi_callback_info info);
napi_value native_short_slice(napi_env env, napi_callback_info info);
napi_value native_renounce_realtime(napi_env env, napi_callback_info info);
napi_value native_clear_ambient(napi_env env, napi_callback_info info);

#endif
