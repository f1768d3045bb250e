/**
 * Time to put services into the kernel's IPVS table, to read them back, and to see that nothing is to be done. Needs a
 * kernel with IPVS and an empty table of its own (a fresh network namespace).
 *
 *     node dist/…/ipvs-table.js [SERVICES…]      by default 100 and 1000, with 10 servers each
 */
import { performance } from 'node:perf_hooks';
import { plan } from '../../src/core/ipvs/plan.js';
import { type DesiredService, serviceId } from '../../src/core/ipvs/table.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { native } from '../../src/kernel/native.js';
import { formatFailure } from '../../src/values/failure.js';
import { ipv4FromNumber } from '../../src/values/ipv4.js';

const SERVERS = 10;
const VIPS = 0x0a010000;
const REAL = 0x0a800000;

function tableOf(services: number): DesiredService[] {
  return Array.from({ length: services }, (_, s) => ({
    key: { protocol: 'tcp' as const, address: ipv4FromNumber(VIPS + 1 + Math.floor(s / 100)), port: 1000 + (s % 100) },
    settings: { scheduler: 'rr', persistence: 0 },
    servers: Array.from({ length: SERVERS }, (_, r) => ({
      key: { address: ipv4FromNumber(REAL + s * SERVERS + r + 1), port: 1000 + (s % 100) },
      settings: { forward: 'dr' as const, weight: 1 },
    })),
  }));
}

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

async function run(ipvs: KernelIpvs, services: number): Promise<object> {
  const desired = tableOf(services);
  const owned = new Set(desired.map((service) => serviceId(service.key)));
  const read = async () => {
    const table = await ipvs.dump();
    if ('code' in table) throw new Error(formatFailure(table));
    return table;
  };
  const put = async (changes: ReturnType<typeof plan>) => {
    const bad = (await ipvs.apply(changes)).find((failure) => failure !== null);
    if (bad) throw new Error(formatFailure(bad));
  };
  const [changes, planMs] = await timed(() => plan(desired, [], owned));
  const [, putMs] = await timed(() => put(changes));
  const [table, dumpMs] = await timed(read);
  const [rest, againMs] = await timed(() => plan(desired, table, owned));
  if (rest.length > 0) throw new Error(`${rest.length} changes are left after applying`);
  const [, clearMs] = await timed(() => put(plan([], table, owned)));
  return { services, servers: services * SERVERS, planMs, putMs, dumpMs, againMs, clearMs };
}

const sizes = process.argv.slice(2).map(Number);
const ipvs = new KernelIpvs(native);
await run(ipvs, 10);
for (const size of sizes.length > 0 ? sizes : [100, 1000]) {
  const figures = Object.entries(await run(ipvs, size)).map(([name, n]) => `${name} ${Math.round(n * 10) / 10}`);
  process.stdout.write(`${figures.join(' · ')}\n`);
}
await ipvs.close();
