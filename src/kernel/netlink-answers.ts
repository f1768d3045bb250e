import { decodeVerdict, type Verdict } from '../wire/generic-netlink.js';
import { decodeMessages, type NetlinkMessage } from '../wire/netlink.js';
import { NLM_F_DUMP_INTR, NLMSG_OVERRUN } from '../wire/netlink-constants.js';

/** What the kernel sent back to some requests. */
export interface Answers {
  /** How requests ended, by sequence number: those that failed, and those that asked (NLM_F_ACK, NLM_F_DUMP). */
  readonly verdicts: ReadonlyMap<number, Verdict>;
  /** Everything else: the rows of a dump, a family's number. */
  readonly rows: readonly NetlinkMessage[];
  /** What is dumped changed meanwhile (NLM_F_DUMP_INTR): rows can be missing or double. */
  readonly interrupted: boolean;
  /** Answers were lost, or are no netlink messages: a request without a verdict may have failed. */
  readonly lost: boolean;
}

/** Sorts datagrams as they come. */
export class Collector implements Answers {
  readonly verdicts = new Map<number, Verdict>();
  readonly rows: NetlinkMessage[] = [];
  interrupted = false;
  lost = false;

  add(bytes: Uint8Array): void {
    const { messages, damaged } = decodeMessages(bytes);
    if (damaged) this.lost = true;
    for (const message of messages) {
      if ((message.flags & NLM_F_DUMP_INTR) !== 0) this.interrupted = true;
      const verdict = decodeVerdict(message);
      if (verdict !== null) this.verdicts.set(message.sequence, verdict);
      else if (message.type > NLMSG_OVERRUN) this.rows.push(message);
    }
  }
}
