import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { parseIp } from '../values/ip.js';
import type { Secure } from './attempt.js';
import { failed } from './attempt.js';
import { type Found, fail, type Verdict } from './result.js';

/** What is asked of TLS: the keys of its configuration, the same for every kind that uses it. */
export interface TlsSettings {
  /** SNI, and the name that a verified certificate must be for; null: neither. */
  readonly server_name: string | null;
  readonly verify: boolean;
  /** A PEM file of authorities; null: those that node has. */
  readonly ca: string | null;
  /** A name that the certificate must have, verified or not. */
  readonly expect_name: string | null;
  readonly min_days_left: number | null;
  readonly resume_session: boolean;
}

const DAY_MS = 86_400_000;
const NO_PROTOCOL = 'server does not offer HTTP/2 (ALPN)';

/** Contexts are costly (node's authorities are some 140 certificates): one for each file, made again when it changes. */
const contexts = new Map<string, { readonly stamp: string; readonly context: SecureContext }>();

function contextOf(ca: string | null): SecureContext {
  const key = ca ?? '';
  const stamp = ca === null ? '' : stampOf(ca);
  const known = contexts.get(key);
  if (known?.stamp === stamp) return known.context;
  const context = createSecureContext(ca === null ? {} : { ca: read(ca) });
  contexts.set(key, { stamp, context });
  return context;
}

/** Tells whether the file is another: it is looked at before each handshake, so that a new one holds at once. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`CA file ${path} is not there`);
  return `${found.ino} ${found.size} ${found.mtimeMs}`;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function read(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`CA file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const blocks = text.match(PEM) ?? [];
  if (blocks.length === 0) throw new Error(`CA file ${path} has no certificate in PEM form`);
  // node would leave out what it cannot read, without a word.
  for (const [i, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      throw new Error(`CA file ${path}: certificate ${i + 1} of ${blocks.length} cannot be read`);
    }
  }
  return text;
}

/** A certificate, and what its chain is worth. */
interface Shown {
  readonly certificate: X509Certificate;
  readonly trusted: boolean;
  readonly distrust: unknown;
}

/**
 * TLS as the client of a check speaks it.
 * @param protocol what is agreed on by ALPN (RFC 7301); null: nothing.
 */
export class TlsClient implements Secure {
  readonly #settings: TlsSettings;
  readonly #protocol: 'http/1.1' | 'h2' | null;
  #session: Buffer | undefined;
  /** What the latest whole handshake has shown: one that resumes its session shows nothing. */
  #shown: Shown | null = null;

  constructor(settings: TlsSettings, protocol: 'http/1.1' | 'h2' | null) {
    this.#settings = settings;
    this.#protocol = protocol;
  }

  wrap(socket: Socket): TLSSocket {
    const { server_name: name, resume_session: resume } = this.#settings;
    const secured = connect({
      socket,
      secureContext: contextOf(this.#settings.ca),
      // Judged below, with sentences of our own.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(name === null ? {} : { servername: name }),
      ...(this.#protocol === null ? {} : { ALPNProtocols: [this.#protocol] }),
      ...(resume && this.#session !== undefined ? { session: this.#session } : {}),
    });
    if (resume) {
      secured.on('session', (session: Buffer) => {
        this.#session = session;
      });
    }
    return secured;
  }

  judge(socket: TLSSocket): Verdict {
    const shown = this.#shownBy(socket);
    if (shown === null) return fail('server has shown no certificate');
    const { certificate } = shown;
    const left = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
    const days = Math.floor(left);
    const found: Found = { certificateDays: days };
    const reason = this.#wrong(shown, left);
    if (reason !== null) return fail(reason, found);
    if (this.#protocol === 'h2' && socket.alpnProtocol !== 'h2') return fail(NO_PROTOCOL, found);
    return { ok: true, found };
  }

  #shownBy(socket: TLSSocket): Shown | null {
    if (socket.isSessionReused() && this.#shown !== null) return this.#shown;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    const shown = { certificate, trusted: socket.authorized, distrust: socket.authorizationError };
    if (this.#settings.resume_session) this.#shown = shown;
    return shown;
  }

  #wrong({ certificate, trusted, distrust }: Shown, left: number): string | null {
    const { verify, min_days_left: least, server_name: server, expect_name: expected } = this.#settings;
    // The date before the chain: of an expired certificate people want to know since when.
    if (left < 0 && (verify || least !== null)) return `certificate expired ${count(-left)} ago`;
    if (least !== null && left < least) return `certificate expires in ${count(left)}, at least ${least} wanted`;
    if (verify && !trusted) return chainReason(distrust);
    for (const name of new Set([expected, verify ? server : null])) {
      if (name !== null && !names(certificate, name))
        return `certificate is not for ${name}, but for ${nameOf(certificate)}`;
    }
    return null;
  }

  explain(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
    // What node says when the server closes in the middle, under the code of a reset.
    if (error.message.startsWith('Client network socket disconnected'))
      return 'connection closed within the TLS handshake';
    if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.reason === 'wrong version number') {
      return 'not a TLS answer';
    }
    if (/no application protocol/.test(error.reason ?? error.message)) return NO_PROTOCOL;
    if (error.code?.startsWith('ERR_SSL') || error.code === 'EPROTO' || error.reason !== undefined) {
      return `TLS handshake failed: ${error.reason ?? /SSL routines:[^:]*:([^:]*)/.exec(error.message)?.[1] ?? error.message}`;
    }
    return failed(error).reason;
  }
}

/** Whole days, as they are said. */
function count(days: number): string {
  const whole = Math.floor(days);
  return whole === 0 ? 'less than a day' : `${whole} day${whole === 1 ? '' : 's'}`;
}

/** node throws over what it takes for no address. */
const names = (certificate: X509Certificate, name: string): boolean =>
  (parseIp(name) === null ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;

/** The names of a certificate, for the message; bounded, since the server has written them. */
function nameOf(certificate: X509Certificate): string {
  const alternative = certificate.subjectAltName?.replaceAll(/DNS:|IP Address:/g, '');
  const text = alternative ?? /(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1] ?? 'nobody';
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

const CHAIN: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate is signed by itself and not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate’s authority is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate’s authority is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate’s authority is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate’s authority is not trusted',
  CERT_HAS_EXPIRED: 'certificate of an authority has expired',
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
};

function chainReason(error: unknown): string {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return CHAIN[code] ?? `certificate is not trusted: ${code.toLowerCase().replaceAll('_', ' ')}`;
}
