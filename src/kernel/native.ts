import { createRequire } from 'node:module';

/** A failed call of the addon: an Error with the kernel's name and number for it. */
export interface SystemError extends Error {
  /** `EPERM`, `ENOBUFS` … */
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** A watched descriptor. */
export interface NativePoll {
  /** Does not call back until `resume`, which does at once where something waits. Nothing once it is closed. */
  pause(): void;
  resume(): void;
  /** Stops watching; a second close does nothing. Does not close the descriptor. */
  close(): void;
}

/** A connection under way. */
export interface NativeConnect {
  /** Stops watching, also after the end; a second close does nothing. Does not close the descriptor. */
  close(): void;
}

/** A timerfd on CLOCK_MONOTONIC. */
export interface NativeTimer {
  /** Arms for an absolute time in µs, replacing what was armed; a time in the past fires on the next turn. */
  arm(atMicros: number): void;
  disarm(): void;
  /** A second close does nothing. */
  close(): void;
}

/** Datagrams that go out by themselves at regular times, by one timerfd for all. Does not keep the process alive. */
export interface NativeBeats {
  /**
   * Sends `data` by `fd` to `address` at `atMicros` and every so often after, on that grid: what is slept through is left
   * out. It ends where the kernel refuses it, where it is late by more than `lateMicros`, and where the loop has not turned
   * for more than `aloneMicros` although it was asked to: it is not sent then.
   * @returns its number. The descriptor must stay open until it is stopped.
   */
  start(
    fd: number,
    data: Uint8Array,
    address: Uint8Array | null,
    atMicros: number,
    everyMicros: number,
    lateMicros: number,
    aloneMicros: number,
  ): number;
  /** Four doubles: when the next is due, how many were sent, how late the latest and the worst of them were, in µs. */
  read(beat: number, into: Uint8Array): void;
  /** It is not sent until the loop has turned: who reads it now can decide by that. */
  rest(beat: number): void;
  /** Also for one that has ended; its number is free then. */
  stop(beat: number): void;
  /** From now on it wakes up at multiples of so many µs only; 0: whenever one is due. */
  grid(micros: number): void;
  /** Whether its thread goes before ordinary ones (sched(7), SCHED_FIFO), as the kernel grants or refuses once. */
  realtime(): boolean;
  /** Stops all. A second close does nothing; after it the others throw EBADF. */
  close(): void;
}

/**
 * TCP connections that are opened and reset at once, all of them by one descriptor and one timer. What has come of them
 * is handed over for many together, 16 bytes each (host order): slot (u32), errno (i32; 0: accepted, −1: time was up), how
 * long it took in µs (u32), and the call that failed (u32; 0 connect, 1 socket, 2 setsockopt, 3 bind).
 */
export interface NativeProber {
  /**
   * @param address a raw struct sockaddr, as `bind`; @param mark SO_MARK, 0 for none.
   * @param intervalMicros above 0: a watch. It is tried at `firstMicros` (CLOCK_MONOTONIC) and so often from there on, as
   * long as it is accepted, and only the first result that is another one is handed over.
   * @returns its slot, which names it until its result is handed over: never from within this call.
   */
  start(
    address: Uint8Array,
    bind: Uint8Array | null,
    mark: number,
    timeoutMicros: number,
    intervalMicros: number,
    firstMicros: number,
  ): number;
  /** How long the latest try of a watch took that was accepted, in µs; 0 before the first. */
  took(slot: number): number;
  /** Ends it; its result is not handed over. */
  cancel(slot: number): void;
  /** From now on results wait for the next multiple of so many µs; 0: they do not wait. */
  grid(micros: number): void;
  /** Ends all. A second close does nothing; after it the others throw EBADF. */
  close(): void;
}

/** A thread of its own for netlink exchanges. Keeps the process alive only while an answer is awaited. */
export interface NativeWorker {
  /**
   * As {@link Native.transact}, on this thread, one after another. After a close it throws EBADF.
   * @param frames at most 64, each with its descriptor and its socket address; they leave from this thread as soon as the
   * kernel has granted every request (NLMSG_ERROR with 0), unless that is after `untilMicros`.
   * @returns with how many of the frames the kernel took, up to the first that it refused.
   */
  transact(
    fd: number,
    request: Uint8Array,
    expected: number,
    timeoutMs: number,
    frames?: readonly (readonly [fd: number, frame: Uint8Array, to: Uint8Array])[] | null,
    untilMicros?: number,
  ): Promise<{ readonly answer: Uint8Array; readonly sent: number }>;
  /**
   * Until then, at most 20 ms, the thread looks for work instead of sleeping, so that it begins at once. Does nothing on
   * a single CPU.
   */
  alert(untilMicros: number): void;
  /** Promises that are still open stay so. A second close does nothing. */
  close(): void;
}

/** Who sits at the other end of a unix socket (SO_PEERCRED). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** The addon: bytes, descriptors and numbers only, no knowledge of a protocol. Every function throws a SystemError. */
export interface Native {
  /** CLOCK_MONOTONIC in µs. */
  now(): number;
  /** A socket that is close-on-exec and non-blocking. @returns its descriptor. */
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): void;
  bind(fd: number, address: Uint8Array): void;
  /**
   * connect(2) without waiting. Throws what the kernel says at once.
   * @param connected told once, later: errno 0, or why it failed. Close what is returned before the descriptor.
   */
  connect(fd: number, address: Uint8Array, connected: (errno: number) => void): NativeConnect;
  /** getsockname(2). @returns the raw sockaddr: of a bound AF_PACKET socket, with the interface's hardware address. */
  localAddress(fd: number): Uint8Array;
  setOption(fd: number, level: number, name: number, value: Uint8Array | number): void;
  getOption(fd: number, level: number, name: number, length: number): Uint8Array;
  /** Attaches a classic BPF program: 8 bytes an instruction, as struct sock_filter (SO_ATTACH_FILTER). */
  attachFilter(fd: number, program: Uint8Array): void;
  /** sendto(2) without waiting. @returns bytes sent. */
  send(fd: number, data: Uint8Array, address: Uint8Array | null): number;
  /** sendmmsg(2): `count` equal messages of `size` bytes that lie one after another in `data`. @returns how many went out. */
  sendMany(fd: number, data: Uint8Array, size: number, count: number, address: Uint8Array | null): number;
  /**
   * recvmsg(2) into `into` without waiting. @returns bytes read, or −1 when nothing waits. `address` receives the raw
   * sockaddr; `control` the raw control messages, its first 4 bytes (u32, host order) their length.
   */
  receive(fd: number, into: Uint8Array, address: Uint8Array | null, control: Uint8Array | null): number;
  /**
   * recvmmsg(2) without waiting: as {@link receive}, at most `most` datagrams. `lengths` has four bytes (u32, host order)
   * for each, 1 to 64; the other arrays are cut into as many equal parts. What is longer than its part is cut off.
   * @returns how many were read.
   */
  receiveMany(
    fd: number,
    most: number,
    into: Uint8Array,
    lengths: Uint8Array,
    address: Uint8Array | null,
    control: Uint8Array | null,
  ): number;
  /**
   * How long ago, in µs, the kernel took in the packet that came with these control messages, by their SCM_TIMESTAMPNS
   * (socket(7), SO_TIMESTAMPNS); −1 where there is none. A step of the wall clock in between falsifies it.
   */
  age(control: Uint8Array): number;
  /**
   * Calls back when the descriptor is readable. An error on the descriptor (ENOBUFS) is read, reported and survived.
   * @param readable errno 0, or the socket's pending error.
   */
  poll(fd: number, readable: (errno: number) => void): NativePoll;
  timer(fire: () => void): NativeTimer;
  /** On a thread of its own. @param ended told of each that ends by itself, never from within a call of it. */
  beats(ended: (beat: number) => void): NativeBeats;
  /** @param into where results are put. @param over told how many there are. Keeps the process alive until it is closed. */
  prober(into: Uint8Array, over: (count: number) => void): NativeProber;
  /**
   * On a thread of the pool: sends `request` (one or more netlink messages in one datagram) on a netlink socket of its
   * own use, then receives until `expected` final answers (NLMSG_ERROR or NLMSG_DONE) were seen, or `timeoutMs` passed.
   * A dump (NLM_F_DUMP) is read to its end before the next message is sent, as the kernel wants it; so many can be asked at once.
   * One transaction a descriptor at a time; the caller sees to that.
   * @returns every datagram received, one after another.
   */
  transact(fd: number, request: Uint8Array, expected: number, timeoutMs: number): Promise<Uint8Array>;
  worker(): NativeWorker;
  /** if_nametoindex(3); 0 when there is none. */
  interfaceIndex(name: string): number;
  peerCredentials(fd: number): PeerCredentials;
  /** One datagram to a unix socket, `@name` for an abstract one (sd_notify). */
  datagram(path: string, data: Uint8Array): void;
  /** pidfd_open(2): a descriptor that is readable once the process with all its threads has ended. @returns its number. */
  pidfdOpen(pid: number): number;
  /**
   * flock(2) for this process alone, without waiting; held until the descriptor is closed.
   * @returns false where another process holds it.
   */
  lock(fd: number): boolean;
  /** Marks every descriptor from 3 up close-on-exec (close_range(2)). */
  closeOnExecAll(): void;
  /**
   * Asks the scheduler to run this thread in slices of so many µs, 100 to 100,000: it is then run sooner after it wakes
   * up, where others are busy (sched_setattr(2), sched_runtime; Linux 6.12, without effect before). Not inherited by
   * threads and processes that it starts. Needs no privilege.
   */
  shortSlice(micros: number): void;
  /** Gives up the right to real-time scheduling (setrlimit(2), RLIMIT_RTPRIO), also for what this process starts. */
  renounceRealtime(): void;
  /** Clears the ambient capability set, so that nothing this process executes inherits a capability. */
  clearAmbientCapabilities(): void;
}

const require = createRequire(import.meta.url);

/** The loaded addon. Built by `npm run build:native`. */
export const native: Native = require('../../native/build/directord.node') as Native;
