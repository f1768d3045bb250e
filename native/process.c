#include "directord.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

napi_value native_clear_ambient(napi_env env, napi_callback_info info) {
  (void)info;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return throw_system_error(env, errno, "prctl");
  return NULL;
}
