import type { Host, LabProcess } from '../lab.js';
import { until } from './pair.js';

/** A certificate of the host's own, for the host's name. @returns the folder with key.pem and cert.pem. */
export async function certificate(host: Host): Promise<string> {
  await host.must([
    'openssl',
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
    ...['-subj', `/CN=${host.name}`, '-keyout', `${host.dir}/key.pem`, '-out', `${host.dir}/cert.pem`],
  ]);
  return host.dir;
}

/** nginx on :443 that answers with its host's name. */
export async function tlsNginx(host: Host, folder: string): Promise<LabProcess> {
  const conf = [
    'daemon off; master_process off; error_log stderr notice;',
    'pid /run/nginx-tls.pid; events { worker_connections 1024; }',
    'http { access_log off; default_type text/plain; keepalive_timeout 0;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `  ${of}_temp_path /run/nginx-tls-${of};`),
    `  server { listen 443 ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;`,
    `    location / { return 200 "${host.name}\\n"; } }`,
    '}',
  ];
  const file = host.write('nginx-tls.conf', conf.join('\n'));
  const nginx = await host.start(['nginx', '-e', 'stderr', '-c', file], { name: 'nginx-tls' });
  await nginx.waitForLine(/using the ".*" event method/);
  return nginx;
}

/** HAProxy on :80 that chooses by host name (or `?host=`), and by path: .jpg from a server of its own. */
export async function haproxy(host: Host, web: string): Promise<LabProcess> {
  const conf = `
global
  maxconn 500
  hard-stop-after 5s
defaults
  mode http
  option http-server-close
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind :80
  use_backend pictures if { path_end .jpg }
  use_backend example2 if { hdr(host) -i example2.local }
  use_backend example1 if { hdr(host) -i example1.local } or { urlp(host) -m str example1.local }
backend example1
  server w ${web}:8001
backend example2
  server w ${web}:8002
backend pictures
  server w ${web}:8003
`;
  const file = host.write('haproxy.cfg', conf);
  const started = await host.start(['haproxy', '-db', '-f', file], { name: 'haproxy' });
  const listens = async () => (await host.must(['ss', '-Hltn', 'sport', '=', ':80'])).trim() !== '';
  await until(listens, 20_000, `HAProxy on ${host.name}`);
  return started;
}

/** dnsmasq on :53 that knows example1.local, and tells by `who.local` which one it is. */
export async function resolver(host: Host): Promise<LabProcess> {
  const [own = ''] = (await host.addresses('eth2')).map((a) => a.cidr.split('/')[0] ?? '');
  const options = ['--no-resolv', '--no-hosts', '--port=53', `--listen-address=${own}`, '--bind-interfaces'];
  const names = ['--address=/example1.local/192.0.2.1', `--address=/who.local/${own}`];
  const user = ['--user=root', '--group=root', '--pid-file='];
  const started = await host.start(['dnsmasq', '--keep-in-foreground', ...options, ...names, ...user], {
    name: 'dnsmasq',
  });
  const listens = async () => (await host.must(['ss', '-Hlun', 'sport', '=', ':53'])).trim() !== '';
  await until(listens, 20_000, `dnsmasq on ${host.name}`);
  return started;
}

/** Asks a name server `n` times who it is. @returns answers by address. */
export async function ask(host: Host, server: string, n: number): Promise<Record<string, number>> {
  const program = `
    const { Resolver } = require('node:dns').promises;
    (async () => {
      const found = {};
      for (let i = 0; i < ${n}; i++) {
        const resolver = new Resolver({ timeout: 1000, tries: 1 });
        resolver.setServers(['${server}']);
        const [who = 'nobody'] = await resolver.resolve4('who.local').catch((error) => [error.code]);
        found[who] = (found[who] ?? 0) + 1;
      }
      console.log(JSON.stringify(found));
    })();`;
  return JSON.parse(await host.must([process.execPath, '-e', program])) as Record<string, number>;
}
