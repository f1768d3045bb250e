import { noIpvs, noPermission } from '../core/ipvs/failure.js';
import type { Failure } from '../values/failure.js';
import type { Verdict } from '../wire/generic-netlink.js';
import { IPVS_GENL_NAME } from '../wire/ipvs-constants.js';
import { errnoName, GenericNetlink } from './generic-netlink.js';
import type { Native, SystemError } from './native.js';

/** The way to the kernel's IPVS family: its socket and its number, both looked up at the first use and after a failure. */
export class IpvsFamily {
  readonly #native: Native;
  #socket: GenericNetlink | null = null;
  #family: number | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(native: Native) {
    this.#native = native;
  }

  /** One operation at a time: a dump never sees half of our own changes. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The socket and the number of the family; a Failure named `what` when there is none. Within {@link inTurn} only. */
  async open(what: string): Promise<{ socket: GenericNetlink; family: number } | Failure> {
    try {
      this.#socket ??= new GenericNetlink(this.#native);
      const family = this.#family ?? (await this.#socket.family(IPVS_GENL_NAME));
      if (typeof family !== 'number') {
        return family.errno === 2 ? noIpvs(what) : verdictFailure(what, 'family IPVS', family);
      }
      this.#family = family;
      return { socket: this.#socket, family };
    } catch (error) {
      return this.broken(what, error);
    }
  }

  /** After an error of the socket: it is dropped, and the next use opens another. @throws an error that is not the system's. */
  broken(what: string, error: unknown): Failure {
    this.#forget();
    const { code, message } = error as SystemError;
    if (code === undefined) throw error;
    return { what, code, detail: `netlink socket: ${message}` };
  }

  /** After ENOENT, which is also what a number says whose module was loaded anew: it is looked up again next time. */
  relook(): void {
    this.#family = null;
  }

  /** Ends it when what runs has ended; later uses open a socket again. */
  close(): Promise<void> {
    return this.inTurn(async () => this.#forget());
  }

  #forget(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#family = null;
  }
}

/** A verdict of the kernel on a whole request, as a Failure. */
export function verdictFailure(what: string, detail: string, verdict: Verdict): Failure {
  const code = errnoName(verdict.errno);
  if (code === 'EPERM') return noPermission(what);
  return { what, code, detail: verdict.message === null ? detail : `${detail} (kernel: ${verdict.message})` };
}
