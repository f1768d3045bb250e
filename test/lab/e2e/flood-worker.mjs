// Floods a segment with proto-112 packets: flood-worker.mjs INTERFACE SOURCE PACKETS_PER_SECOND SECONDS
// Half of them malformed (wrong checksum, TTL, version, type, length, plain noise), half for a foreign VRID.
import { createRequire } from 'node:module';

const native = createRequire(import.meta.url)('../../../native/build/directord.node');
const [name, source, rate, seconds] = process.argv.slice(2);
const SIZE = 40;
const BURST = 500;

const sum = (bytes) => {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i] << 8) | bytes[i + 1];
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
};

const advert = (change) => {
  const body = Buffer.from([0x21, 50, 200, 1, 1, 1, 0, 0, 172, 28, 128, 200, ...Buffer.from('netology')]);
  const good = change({ body, ttl: 255 });
  if (good.sum !== false) good.body.writeUInt16BE(sum(good.body), 6);
  const ip = Buffer.from([
    0x45,
    0xc0,
    0,
    SIZE,
    0,
    0,
    0,
    0,
    good.ttl,
    112,
    0,
    0,
    ...source.split('.').map(Number),
    224,
    0,
    0,
    18,
  ]);
  return Buffer.concat([ip, good.body]);
};

const set = (at, value) => (a) => {
  a.body[at] = value;
  return a;
};
const kinds = [
  (a) => ({ ...a, sum: false }),
  (a) => ({ ...a, ttl: 254 }),
  set(0, 0x31),
  set(0, 0x22),
  set(3, 9),
  (a) => ({ ...a, body: Buffer.from(a.body.map(() => Math.random() * 256)), sum: false }),
];
const packets = Array.from({ length: BURST }, (_, i) =>
  advert(i % 2 === 0 ? set(1, 51 + (i % 200)) : kinds[(i >> 1) % kinds.length]),
);
const data = Buffer.concat(packets);

const fd = native.socket(2, 3, 255);
native.setOption(fd, 1, 25, Buffer.from(`${name}\0`));
native.setOption(fd, 1, 7, 4 << 20);
const group = Buffer.alloc(16);
group.writeUInt16LE(2, 0);
group.set([224, 0, 0, 18], 4);

process.stdout.write('flooding\n');
const start = native.now();
const end = start + Number(seconds) * 1e6;
let sent = 0;
const turn = () => {
  const now = native.now();
  if (now >= end) {
    process.stdout.write(`${JSON.stringify({ sent, perSecond: Math.round(sent / ((now - start) / 1e6)) })}\n`);
    return;
  }
  for (let due = ((now - start) / 1e6) * Number(rate) - sent; due > 0; due -= BURST) {
    try {
      sent += native.sendMany(fd, data, SIZE, BURST, group);
    } catch (error) {
      if (error.code !== 'ENOBUFS' && error.code !== 'EAGAIN') throw error;
      break;
    }
  }
  setImmediate(turn);
};
turn();
