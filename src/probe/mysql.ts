import { attempt, type Cancel, type Conversation, type Done, fail, type Verdict } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { quoted } from './lines.js';

/**
 * Proves that a MySQL or MariaDB server takes connections: it sends its handshake (protocol 10), and, where a user is
 * named, lets him in without a password. Without a user the server counts an aborted connection each time, and may block
 * this host after max_connect_errors of them: HAProxy's mysql-check is the same.
 */
export interface MysqlProbe extends Base {
  readonly kind: 'mysql';
  /** What is sent after the handshake; null ends there. */
  readonly login: Uint8Array | null;
}

/** A handshake, an error or an OK is short. */
const LONGEST = 4_096;
// include/mysql_com.h: CLIENT_LONG_PASSWORD, CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH.
const CAPABILITIES = 0x1 | 0x200 | 0x8000 | 0x80000;
const UTF8 = 33;

export function prepareMysql(c: { readonly user: string | null }, base: Base): MysqlProbe {
  return { kind: 'mysql', login: c.user === null ? null : packet(1, loginOf(c.user)), ...base };
}

/** HandshakeResponse41 with an empty password. */
function loginOf(user: string): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(CAPABILITIES, 0);
  head.writeUInt32LE(LONGEST, 4);
  head[8] = UTF8;
  return Buffer.concat([head, Buffer.from(`${user}\0\0mysql_native_password\0`)]);
}

/** A payload behind its length (3 bytes) and number. */
function packet(sequence: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, payload]);
}

const QUIT = packet(0, Buffer.from([1]));

export const startMysql = (probe: MysqlProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, new Mysql(probe.login), done);

class Mysql implements Conversation {
  readonly request = null;
  readonly #login: Uint8Array | null;
  #got: Buffer = Buffer.alloc(0);
  #stage: 'handshake' | 'login' | 'other method' = 'handshake';

  constructor(login: Uint8Array | null) {
    this.#login = login;
  }

  get awaits(): string {
    return this.#stage === 'handshake' ? 'the handshake' : 'the answer to the login';
  }

  received(bytes: Uint8Array, send: (bytes: Uint8Array) => void): Verdict | null {
    this.#got = Buffer.concat([this.#got, bytes]);
    while (this.#got.length >= 4) {
      const length = this.#got.readUIntLE(0, 3);
      if (length === 0 || length > LONGEST) return fail('not a MySQL packet');
      if (this.#got.length < 4 + length) return null;
      const sequence = this.#got[3] ?? 0;
      const payload = this.#got.subarray(4, 4 + length);
      this.#got = this.#got.subarray(4 + length);
      const verdict = this.#packet(payload, sequence, send);
      if (verdict !== null) return verdict;
    }
    return null;
  }

  ended(): Verdict {
    return fail(`connection closed before ${this.awaits}`);
  }

  #packet(payload: Buffer, sequence: number, send: (bytes: Uint8Array) => void): Verdict | null {
    const first = payload[0];
    if (first === 0xff) return fail(refusal(payload));
    if (this.#stage === 'handshake') {
      if (first !== 10 || payload.indexOf(0) < 2) return fail('not a MySQL handshake of protocol 10');
      if (this.#login === null) return { ok: true };
      this.#stage = 'login';
      send(this.#login);
      return null;
    }
    if (first === 0) {
      send(QUIT);
      return { ok: true };
    }
    // AuthSwitchRequest: the account uses another method, which takes the empty password in its own way.
    if (first === 0xfe && this.#stage === 'login') {
      const end = payload.indexOf(0, 1);
      const method = payload.toString('latin1', 1, end < 0 ? payload.length : end);
      this.#stage = 'other method';
      send(
        packet(
          (sequence + 1) & 0xff,
          method.includes('sha2') || method.includes('sha256') ? Buffer.from([0]) : Buffer.alloc(0),
        ),
      );
      return null;
    }
    return fail('the login is not answered with OK');
  }
}

/** ERR_Packet: a number, a marker with an SQL state where there is one, and a text. */
function refusal(payload: Buffer): string {
  const code = payload.length >= 3 ? payload.readUInt16LE(1) : 0;
  const text = payload.toString('utf8', payload[3] === 0x23 ? 9 : 3);
  return `the server says ${quoted(text)} (${code})`;
}
