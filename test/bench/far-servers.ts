import { setTimeout as sleep } from 'node:timers/promises';
import { run, type Scope } from './scope.js';

/** Listens on all ports of a table, at every address, and never accepts: the kernel answers by itself. */
const LISTENERS = `
import socket, signal
all = []
for port in range(1000, 1100):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    s.bind(('0.0.0.0', port))
    s.listen(4096)
    all.append(s)
print('ready', flush=True)
signal.pause()
`;
const LISTENING_MS = 500;

/**
 * Makes the servers of `tableOf` in a namespace of their own, all of which take connections. They stand behind a
 * gateway, so that no neighbour table is in the way, and their network is the gateway's own.
 * @param host the namespace that checks them; null: ours @returns theirs
 */
export async function farServers(scope: Scope, host: string | null): Promise<string> {
  const far = scope.namespace('servers');
  const at = host === null ? [] : ['-n', host];
  run('ip', '-n', far, 'link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'near0');
  run('ip', '-n', far, 'link', 'set', 'near0', 'netns', host ?? String(process.pid));
  run('ip', ...at, 'address', 'add', '10.64.0.1/24', 'dev', 'near0');
  run('ip', ...at, 'link', 'set', 'near0', 'up');
  run('ip', '-n', far, 'address', 'add', '10.64.0.2/24', 'dev', 'far0');
  run('ip', '-n', far, 'link', 'set', 'far0', 'up');
  run('ip', ...at, 'route', 'add', '10.128.0.0/16', 'via', '10.64.0.2');
  run('ip', '-n', far, 'route', 'add', 'local', '10.128.0.0/16', 'dev', 'lo');
  scope.start(far, ['python3', '-c', LISTENERS], 'listeners.log');
  await sleep(LISTENING_MS);
  return far;
}
