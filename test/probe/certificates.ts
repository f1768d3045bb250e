import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

const directory = mkdtempSync(join(tmpdir(), 'directord-tls-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
const made = new Map<string, Pair>();
let authority = false;

/** The file of the authority that has signed all of them. */
export function authorityFile(): string {
  if (!authority) {
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'],
      ...['-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem'],
    );
    authority = true;
  }
  return join(directory, 'ca.pem');
}

/** A certificate for `name`, valid for so many days more (less than 0: it has expired), and its key. */
export function certificate(name: string, days = 30): Pair {
  const id = `${name}-${days}`;
  const known = made.get(id);
  if (known !== undefined) return known;
  authorityFile();
  openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`],
    ...['-keyout', `${id}.key`, '-out', `${id}.csr`],
  );
  writeFileSync(join(directory, `${id}.ext`), `subjectAltName=DNS:${name},IP:127.0.0.1\n`);
  // A few minutes more, so that it is still whole days when it is looked at.
  openssl(
    ...['x509', '-req', '-in', `${id}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-extfile', `${id}.ext`, '-out', `${id}.pem`, '-days', String(days)],
  );
  const pair = {
    key: readFileSync(join(directory, `${id}.key`), 'utf8'),
    cert: readFileSync(join(directory, `${id}.pem`), 'utf8'),
  };
  made.set(id, pair);
  return pair;
}
