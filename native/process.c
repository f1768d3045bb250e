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

/* mlock2(2) with MLOCK_ONFAULT: pages stay once they are there, without all of them being loaded. */
static int lock_range(unsigned long start, unsigned long end) {
  enum { ON_FAULT = 1 };
#ifdef SYS_mlock2
  if (syscall(SYS_mlock2, start, end - start, ON_FAULT) == 0) return 0;
  return errno;
#else
  return ENOSYS;
#endif
}

/*
 * Locks what is mapped from files (the program, its libraries), the C heap and the stack. Not mlockall(2): V8 gives
 * pages back by madvise(2), which the kernel refuses on locked memory, and V8 ends the process at that.
 */
napi_value native_memory_lock(napi_env env, napi_callback_info info) {
  (void)info;
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) return throw_system_error(env, errno, "open");
  char line[4352];
  int error = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start, end;
    char access[5];
    int name = 0;
    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &start, &end, access, &name) < 3 || name == 0) continue;
    bool file = line[name] == '/' && strncmp(line + name, "/dev/", 5) != 0 && strncmp(line + name, "/memfd:", 7) != 0;
    bool ours = file || strncmp(line + name, "[heap]", 6) == 0 || strncmp(line + name, "[stack]", 7) == 0;
    if (!ours || strncmp(access, "---", 3) == 0) continue;
    int refused = lock_range(start, end);
    if (error == 0) error = refused;
  }
  fclose(maps);
  return error != 0 ? throw_system_error(env, error, "mlock2") : NULL;
}
