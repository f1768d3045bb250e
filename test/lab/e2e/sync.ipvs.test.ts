import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pair, until, type Which } from './pair.js';

const VIP = '172.28.128.200';

/** A request of which the last line is sent when the test says so (SIGUSR1): until then its connection is open. */
const ASKER = `
const socket = require('node:net').connect(80, '${VIP}', () => {
  socket.write('GET / HTTP/1.1\\r\\nConnection: close\\r\\n');
  console.log('connected from ' + socket.localPort);
});
let said = '';
socket.on('data', (data) => { said += data; });
socket.on('end', () => console.log('answer: ' + said.trim().split('\\n').at(-1)));
socket.on('error', (error) => console.log('broken: ' + error.message));
process.on('SIGUSR1', () => socket.write('Host: x\\r\\n\\r\\n'));
setInterval(() => {}, 1000);
`;

describe('connection sync of two directors', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await Pair.up('sync', 'directord', 'directord', (yaml) =>
      yaml.replace(/( +)virtual_addresses:/, '$1connection_sync: {}\n$&'),
    );
  }, 200_000);
  afterAll(async () => {
    await pair?.lab.down();
  });

  const daemon = async (which: Which): Promise<string> =>
    (await pair.host(which).must(['ipvsadm', '-L', '--daemon'])).match(/^\w+ sync daemon.*/gm)?.join() ?? 'none';
  const rows = async (which: Which, port: string): Promise<string[]> =>
    (await pair.host(which).must(['ipvsadm', '-Lnc'])).split('\n').filter((line) => line.includes(`:${port} `));

  it('a connection made through the master is known to the backup, and goes on by way of it after a failover', async () => {
    const settings = 'mcast=eth1, syncid=50, maxlen=1472, group=224.0.0.81, port=8848, ttl=1';
    expect(await daemon('d1')).toBe(`master sync daemon (${settings})`);
    expect(await daemon('d2')).toBe(`backup sync daemon (${settings})`);

    const asker = await pair.client.start([process.execPath, '-e', ASKER], { name: 'asker' });
    const [, port = ''] = await asker.waitForLine(/connected from (\d+)/);
    // The kernel tells of a connection from its third packet on.
    await until(async () => (await rows('d2', port)).length === 1, 20_000, `port ${port} in the connections of d2`);
    const [known = ''] = await rows('d2', port);
    expect(known).toContain('ESTABLISHED');
    const [address = ''] = known.match(/172\.28\.128\.1[12]0:80/) ?? [];
    expect(await rows('d1', port)).toEqual([expect.stringContaining(address)]);

    await pair.stop('d1');
    await pair.master('d2');
    await until(async () => (await daemon('d2')).startsWith('master'), 10_000, 'd2 as sync master');
    expect(await daemon('d1')).toBe('none');
    asker.kill('SIGUSR1');
    await asker.waitForLine(/answer|broken/);
    expect(asker.stdout).toMatch(address === '172.28.128.110:80' ? /answer: r1$/m : /answer: r2$/m);
  });
});
