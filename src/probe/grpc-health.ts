import { fail, type Verdict } from './result.js';

/** Length-prefixed-message of gRPC over HTTP/2: a flag, four bytes of length, the message. */
const PREFIX = 5;
/** Field 1 as length-delimited bytes, and as a varint (protobuf encoding). */
const FIELD_1_BYTES = 0x0a;
const FIELD_1_VARINT = 0x08;

/** HealthCheckRequest { service } (grpc/health/v1/health.proto). @param service at most 127 bytes; empty is the whole server. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([FIELD_1_BYTES, name.length]), name]);
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const STATUS: Readonly<Record<number, string>> = { 0: 'UNKNOWN', 2: 'NOT_SERVING', 3: 'SERVICE_UNKNOWN' };

/** Judges HealthCheckResponse { status }. */
export function decodeHealth(body: Buffer): Verdict {
  if (body.length < PREFIX || body.readUInt32BE(1) !== body.length - PREFIX) return fail('not a gRPC answer');
  if (body[0] !== 0) return fail('a compressed answer, which was not asked for');
  const message = body.subarray(PREFIX);
  // An enum that is 0 is left out.
  const status = message.length === 0 ? 0 : message[0] === FIELD_1_VARINT ? message[1] : undefined;
  if (status === undefined) return fail('not a HealthCheckResponse');
  return status === 1
    ? { ok: true }
    : fail(`the server says ${STATUS[status] ?? `status ${status}`}, expected SERVING`);
}
