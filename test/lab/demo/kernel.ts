import { readFileSync } from 'node:fs';
import type { IpvsService } from '../ipvsadm.js';

/** What the kernel says about one director's network. */
export interface KernelView {
  /** Whether the virtual address is one of its own. */
  readonly holds: boolean;
  /** Its IPVS table: TCP and UDP over IPv4. */
  readonly services: readonly IpvsService[];
}

/** `AC1C80C8:0050` → `172.28.128.200:80` */
const endpoint = (hex: string): string => {
  const [address = '', port = ''] = hex.split(':');
  const bytes = [0, 2, 4, 6].map((at) => Number.parseInt(address.slice(at, at + 2), 16));
  return `${bytes.join('.')}:${Number.parseInt(port, 16)}`;
};

const service = /^(TCP|UDP)\s+([0-9A-F]{8}:[0-9A-F]{4})\s+(\S+)\s*(.*?)\s*$/;
const server = /^\s+->\s+([0-9A-F]{8}:[0-9A-F]{4})\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/;

/** Reads /proc/net/ip_vs (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show): what ipvsadm shows, without starting it. */
export const parseIpvsTable = (text: string): IpvsService[] => {
  const services: (Omit<IpvsService, 'servers'> & { servers: IpvsService['servers'][number][] })[] = [];
  for (const line of text.split('\n')) {
    const [, protocol = '', at = '', scheduler = '', flags = ''] = service.exec(line) ?? [];
    const [, to = '', forward = '', weight, active, inactive] = server.exec(line) ?? [];
    if (protocol !== '') {
      services.push({ protocol, address: endpoint(at), scheduler, flags, servers: [] });
    } else if (to !== '') {
      const counts = { weight: Number(weight), active: Number(active), inactive: Number(inactive) };
      services.at(-1)?.servers.push({ address: endpoint(to), forward, ...counts });
    }
  }
  return services;
};

/** Whether /proc/net/fib_trie has an IPv4 address as a local one. */
export const isLocal = (fibTrie: string, address: string): boolean =>
  new RegExp(`-- ${address.replaceAll('.', '\\.')}\\n\\s+/32 host LOCAL`).test(fibTrie);

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The host is down, or nobody has used IPVS in it yet.
    return '';
  }
};

/** Looks at the network of a host's process: two small reads, cheap enough for many times a second. */
export const lookAt = (pid: number | null, address: string): KernelView => ({
  holds: isLocal(read(`/proc/${pid}/net/fib_trie`), address),
  services: parseIpvsTable(read(`/proc/${pid}/net/ip_vs`)),
});
