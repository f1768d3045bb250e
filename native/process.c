#include "directord.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For kernels before 5.11, which cannot mark a range. @returns 0 or an error number. */
static int mark_one_by_one(void) {
  DIR *directory = opendir("/proc/self/fd");
  if (directory == NULL) return errno;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (fd < 3) continue;
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
  closedir(directory);
  return 0;
}

napi_value native_close_on_exec_all(napi_env env, napi_callback_info info) {
  enum { CLOSE_ON_EXEC = 1 << 2 }; /* CLOSE_RANGE_CLOEXEC of <linux/close_range.h> */
  (void)info;
  int error = 0;
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC) < 0) error = errno;
#else
  error = ENOSYS;
#endif
  if (error == ENOSYS || error == EINVAL) error = mark_one_by_one();
  return error != 0 ? throw_system_error(env, error, "close_range") : NULL;
}

napi_value native_pidfd_open(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  int64_t pid;
  if (!arguments(env, info, 1, argv) || !int_argument(env, argv[0], "pid", 1, INT_MAX, &pid)) return NULL;
#ifdef SYS_pidfd_open
  /* Close-on-exec by itself. */
  int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U);
#else
  int fd = -1;
  errno = ENOSYS;
#endif
  return fd < 0 ? throw_system_error(env, errno, "pidfd_open") : number_value(env, fd);
}

napi_value native_lock(napi_env env, napi_callback_info info) {
  napi_value argv[1], locked = NULL;
  int fd;
  if (!arguments(env, info, 1, argv) || !fd_argument(env, argv[0], &fd)) return NULL;
  bool mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (!mine && errno != EWOULDBLOCK) return throw_system_error(env, errno, "flock");
  napi_get_boolean(env, mine, &locked);
  return locked;
}

napi_value native_clear_ambient(napi_env env, napi_callback_info info) {
  (void)info;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return throw_system_error(env, errno, "prctl");
  return NULL;
}

napi_value native_renounce_realtime(napi_env env, napi_callback_info info) {
  (void)info;
  if (setrlimit(RLIMIT_RTPRIO, &(struct rlimit){0}) < 0) return throw_system_error(env, errno, "setrlimit");
  return NULL;
}

/* struct sched_attr of <linux/sched/types.h>, which C libraries lack or have under changing names. */
struct attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

void slice_like(pid_t thread) {
  struct attributes attributes = {.size = sizeof attributes};
  if (syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) == 0)
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

napi_value native_short_slice(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  int64_t micros;
  if (!arguments(env, info, 1, argv) || !int_argument(env, argv[0], "micros", 100, 100000, &micros)) return NULL;
  struct attributes attributes = {.size = sizeof attributes};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0)
    return throw_system_error(env, errno, "sched_getattr");
  attributes.size = sizeof attributes;
  /* SCHED_FLAG_RESET_ON_FORK: what it starts is not in such a hurry. */
  attributes.flags |= 1;
  attributes.runtime = (uint64_t)micros * 1000;
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) < 0) return throw_system_error(env, errno, "sched_setattr");
  return NULL;
}
