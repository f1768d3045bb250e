/** The part of raw-socket 1.8.1 that is used; it brings no types. */
declare module 'raw-socket' {
  export interface Socket {
    /** The binding below the package's queue: its `send` is sendto(2) at once. Throws an Error with strerror(3)'s text. */
    readonly wrap: {
      send(buffer: Uint8Array, offset: number, length: number, address: string, sent: (bytes: number) => void): void;
    };
    setOption(level: number, option: number, value: number): void;
    setOption(level: number, option: number, value: Uint8Array, length: number): void;
    pauseRecv(): this;
    close(): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  export const AddressFamily: { readonly IPv4: number; readonly IPv6: number };
  export function createSocket(options: { protocol: number; addressFamily?: number }): Socket;
}
