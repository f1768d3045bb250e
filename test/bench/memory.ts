/**
 * Memory of one daemon, some seconds after it began to serve, with scenario 1's configuration: two web servers that answer, checks and all. Needs a
 * kernel with IPVS. Makes its own namespaces. Prints one line of JSON, kB of PSS a process.
 *
 *     node …/test/bench/memory.js directord|keepalived DIRECTORD.JS SECONDS
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { family, pss } from './process-figures.js';
import { run, Scope } from './scope.js';
import { makeSwitch, VIP } from './segment.js';

const SERVERS = ['172.28.128.110', '172.28.128.120'];
const PATIENCE_S = 30;

/** Scenario 1's file for the first director, as it lies in configs/, with its files in our folder. */
function directordYaml(repo: string, folder: string): string {
  const text = readFileSync(join(repo, 'configs/scenario1-balance1.yaml'), 'utf8');
  return `${text}state_dir: ${folder}/state\ncontrol: { socket: ${folder}/control.sock, group: root }\n`;
}

/** The operator's own file of scenario 1, with the IPVS part that its text describes; the script needs no systemd. */
const keepalivedConf = (): string => `global_defs {
  router_id Balance1
  script_user root
  enable_script_security
}
vrrp_script chk_ipvs {
  script "/usr/bin/test -e /proc/net/ip_vs"
  interval 2
}
vrrp_instance VI_1 {
  state MASTER
  interface eth1
  virtual_router_id 50
  priority 100
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass netology
  }
  virtual_ipaddress {
    ${VIP}/24 dev eth1
  }
  track_script {
    chk_ipvs
  }
}
virtual_server ${VIP} 80 {
  delay_loop 2
  lb_algo rr
  lb_kind DR
  protocol TCP
${SERVERS.map(
  (address) => `  real_server ${address} 80 {
    weight 1
    HTTP_GET {
      url {
        path /
        status_code 200
      }
      connect_timeout 1
    }
  }`,
).join('\n')}
}
`;

const [who = '', directord = '', rest = '10'] = process.argv.slice(2);
const repo = fileURLToPath(new URL('../../../..', import.meta.url));
const scope = new Scope();
try {
  const network = makeSwitch(scope);
  run('ip', '-n', network, 'link', 'add', 'lan0', 'type', 'bridge');
  run('ip', '-n', network, 'link', 'set', 'lan0', 'up');
  const plug = (name: string, addresses: readonly string[]): string => {
    const host = scope.namespace(name);
    run('ip', '-n', network, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', host);
    run('ip', '-n', network, 'link', 'set', name, 'master', 'lan0', 'up');
    for (const address of addresses) run('ip', '-n', host, 'address', 'add', `${address}/24`, 'dev', 'eth1');
    run('ip', '-n', host, 'link', 'set', 'eth1', 'up');
    return host;
  };
  const director = plug('d1', ['172.28.128.60']);
  const servers = plug('r1', SERVERS);
  const web = "require('http').createServer((_, answer) => answer.end('well')).listen(80)";
  scope.start(servers, [process.execPath, '-e', web], 'web.log');
  const file = (name: string): string => join(scope.folder, name);
  let command: string[];
  if (who === 'directord') {
    writeFileSync(file('directord.yaml'), directordYaml(repo, scope.folder));
    command = [process.execPath, directord, 'run', '--config', file('directord.yaml')];
  } else {
    writeFileSync(file('keepalived.conf'), keepalivedConf());
    const pids = ['-p', file('pid'), '-r', file('vrrp'), '-c', file('checkers')];
    command = ['keepalived', '-n', '-l', '-f', file('keepalived.conf'), ...pids];
  }
  const daemon = scope.start(director, command, 'daemon.log');
  const log = (): string => readFileSync(file('daemon.log'), 'utf8').slice(-3000);
  for (let left = PATIENCE_S; ; left -= 1) {
    const addresses = run('ip', '-n', director, 'address', 'show', 'dev', 'eth1');
    const table = run('ip', 'netns', 'exec', director, 'ipvsadm', '-Ln');
    if (addresses.includes(VIP) && SERVERS.every((server) => table.includes(`${server}:80`))) break;
    if (left === 0) throw new Error(`${who} does not serve:\n${addresses}\n${table}\n${log()}`);
    await sleep(1000);
  }
  await sleep(Number(rest) * 1000);
  const processes = family(daemon.pid).map(pss);
  process.stdout.write(`${JSON.stringify({ kind: 'memory', who, processes })}\n`);
} finally {
  await scope.close();
}
