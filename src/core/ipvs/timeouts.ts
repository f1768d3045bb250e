/** How long the kernel remembers a connection without packets: SET_CONFIG knows these (ip_vs_set_timeout). */
export const TIMEOUTS = ['tcp', 'tcp_fin', 'udp'] as const;

export type TimeoutName = (typeof TIMEOUTS)[number];

/** In seconds; null is one that this kernel has not. */
export type Timeouts = Readonly<Record<TimeoutName, number | null>>;
