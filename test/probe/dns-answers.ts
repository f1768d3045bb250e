/** What an answer is made of; the question is copied from the query. */
export interface Made {
  readonly rcode?: number;
  readonly truncated?: boolean;
  /** Type and data of each answer; its owner is the question's name. */
  readonly records?: readonly (readonly [type: number, data: Uint8Array])[];
}

/** An answer to `query`, as a name server would make it. */
export function dnsAnswer(query: Uint8Array, { rcode = 0, truncated = false, records = [] }: Made): Buffer {
  const head = Buffer.from(query);
  head[2] = 0x84 | ((query[2] ?? 0) & 0x01) | (truncated ? 0x02 : 0);
  head[3] = 0x80 | rcode;
  head.writeUInt16BE(records.length, 6);
  const answers = records.map(([type, data]) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(60, 6);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, ...answers]);
}

/** An A record of 192.0.2.1. */
export const A: readonly [number, Uint8Array] = [1, Uint8Array.of(192, 0, 2, 1)];

/** Behind its length, as TCP has it. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
