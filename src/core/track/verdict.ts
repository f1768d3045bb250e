/** What an instance can depend on besides its own interface. */
export type TrackKind = 'script' | 'interface' | 'process' | 'file' | 'service' | 'route' | 'quorum';

/** What was last said of a tracked thing. */
export interface TrackVerdict {
  readonly up: boolean;
  /** Readable; null where there is nothing to say. */
  readonly reason: string | null;
  /** The number of a file. */
  readonly value?: number;
}

/** How an instance uses a track. */
export interface TrackUse {
  readonly kind: TrackKind;
  readonly name: string;
  /**
   * 0: being down is a fault. Above: added while up. Below: added while down. Of a file: what its number is multiplied
   * by before it is added; 0: another number than 0 is a fault.
   */
  readonly weight: number;
  /** The verdict the other way round; of a file, its number with the other sign. */
  readonly reverse: boolean;
}

/** A tracked thing as one instance sees it now; null before its first verdict. */
export interface Tracked extends TrackUse {
  readonly verdict: TrackVerdict | null;
}

/** What identifies a track on the supervisor channel and in events: `process/haproxy`. */
export const trackId = ({ kind, name }: Pick<TrackUse, 'kind' | 'name'>): string => `${kind}/${name}`;

/** What identifies a balanced service there, for addresses that stand only while it is up: `ipvs/web`. */
export const servesId = (service: string): string => `ipvs/${service}`;
