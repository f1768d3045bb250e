/*
 * Loaded before User Mode Linux: lets it set the registers of its processes on a processor that has more of them than it
 * knows. Linux takes nothing but the whole XSAVE area of the processor (arch/x86/kernel/fpu/regset.c, xstateregs_set():
 * EFAULT otherwise), 11,008 bytes where there is AMX; User Mode Linux 6.1 keeps and sets 2,696 of them (HOST_FP_SIZE in
 * arch/x86/um/user-offsets.c). What it does not keep, no process here ever uses: one has to ask Linux for AMX first.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum {
  STATE_BV = 512,     /* where the XSAVE header says which parts are not in their first state */
  KNOWN_PARTS = 0x3ff /* up to PKRU, which ends at byte 2,696 */
};

typedef long ptrace_call(enum __ptrace_request, ...);

/* What lies behind the known parts is never written: zeroes, the first state of all others. */
static char area[64 * 1024] __attribute__((aligned(64)));
static size_t whole;

long ptrace(enum __ptrace_request request, ...) {
  static ptrace_call *next;
  if (!next) next = (ptrace_call *)dlsym(RTLD_NEXT, "ptrace");
  va_list rest;
  va_start(rest, request);
  int pid = va_arg(rest, int);
  void *address = va_arg(rest, void *);
  void *data = va_arg(rest, void *);
  va_end(rest);
  if (request != PTRACE_SETREGSET || (uintptr_t)address != NT_X86_XSTATE) return next(request, pid, address, data);

  struct iovec *known = data;
  if (!whole) {
    static char probe[sizeof area];
    struct iovec asked = {probe, sizeof probe};
    if (next(PTRACE_GETREGSET, pid, address, &asked) < 0) return -1;
    whole = asked.iov_len;
  }
  if (known->iov_len >= whole) return next(request, pid, address, data);
  memcpy(area, known->iov_base, known->iov_len);
  uint64_t parts;
  memcpy(&parts, area + STATE_BV, sizeof parts);
  parts &= KNOWN_PARTS;
  memcpy(area + STATE_BV, &parts, sizeof parts);
  struct iovec all = {area, whole};
  return next(request, pid, address, &all);
}
