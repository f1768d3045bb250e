import type { TimeoutName, Timeouts } from '../core/ipvs/timeouts.js';
import type { IpvsTimeouts } from '../ports/ipvs-timeouts.js';
import type { Failure } from '../values/failure.js';
import type { Envelope } from '../wire/ipvs.js';
import { decodeTimeouts, encodeGetTimeouts, encodeSetTimeouts } from '../wire/ipvs-config.js';
import { NetlinkWriter } from '../wire/netlink.js';
import { errnoName } from './generic-netlink.js';
import { IpvsFamily, verdictFailure } from './ipvs-family.js';
import type { Native } from './native.js';

/** {@link IpvsTimeouts} by generic netlink. The socket is opened at the first use. */
export class KernelTimeouts implements IpvsTimeouts {
  readonly #family: IpvsFamily;

  constructor(native: Native) {
    this.#family = new IpvsFamily(native);
  }

  read(): Promise<Timeouts | Failure> {
    return this.#family.inTurn(async () => {
      const what = 'ipvs.timeouts';
      const asked = await this.#ask(what, encodeGetTimeouts);
      if ('code' in asked) return asked;
      const [row] = asked.rows;
      const decoded = row === undefined ? ({ kind: 'damaged', why: 'no answer' } as const) : decodeTimeouts(row);
      if (decoded.kind === 'ours') return decoded.value;
      const why = decoded.kind === 'damaged' ? decoded.why : decoded.kind;
      return { what, code: 'bad-answer', detail: `the kernel's answer cannot be read: ${why}` };
    });
  }

  write(values: Readonly<Partial<Record<TimeoutName, number>>>): Promise<Failure | null> {
    return this.#family.inTurn(async () => {
      const asked = await this.#ask('ipvs.setTimeouts', (w, to) => encodeSetTimeouts(w, to, values));
      return 'code' in asked ? asked : null;
    });
  }

  /** Ends it when what runs has ended; later calls open a socket again. */
  close(): Promise<void> {
    return this.#family.close();
  }

  async #ask(what: string, encode: (w: NetlinkWriter, to: Envelope) => void) {
    const opened = await this.#family.open(what);
    if ('code' in opened) return opened;
    const { socket, family } = opened;
    const sequence = socket.sequences(1);
    const writer = new NetlinkWriter(128);
    encode(writer, { family, sequence });
    try {
      const answers = await socket.exchange(writer.take(), 1);
      const verdict = answers.verdicts.get(sequence);
      if (verdict === undefined) return { what, code: 'no-answer', detail: "the kernel's answer was lost" };
      if (verdict.errno === 0) return { rows: answers.rows };
      if (errnoName(verdict.errno) === 'ENOENT') this.#family.relook();
      return verdictFailure(what, 'timeouts of connections', verdict);
    } catch (error) {
      return this.#family.broken(what, error);
    }
  }
}
