/* Sockets for tries of TCP connections: begun, told apart, and used again. */
#ifndef TRIES_H
#define TRIES_H

#include "directord.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum call { CONNECT, SOCKET, SETSOCKOPT, BIND };

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Where to, and from where; lengths in bytes, that of `from` 0 for the kernel's choice. */
struct way {
  union address to;
  union address from;
  uint8_t to_length;
  uint8_t from_length;
  uint32_t mark;
};

struct tries;
struct tries *tries_new(int epoll);
void tries_free(struct tries *t);
/* @returns 0 with the descriptor, or an error number with the call that met it. */
int tries_begin(struct tries *t, const struct way *way, uint32_t slot, int *fd, enum call *call);
/* The slot that an event of the epoll is for; false: nobody's any more. */
bool tries_slot(const struct tries *t, uint64_t event, uint32_t *slot);
/* Ends a connection that stands, by a reset. */
void tries_reset(struct tries *t, const struct way *way, int fd);
/* Ends one of which nothing is known. */
void tries_close(struct tries *t, int fd);

#endif
