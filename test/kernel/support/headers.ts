import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a C program that includes the kernel's headers prints. */
export function fromHeaders(body: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'directord-headers-'));
  try {
    const [source, program] = [join(directory, 'print.c'), join(directory, 'print')];
    const headers = [
      'errno.h',
      'stdio.h',
      'string.h',
      'stddef.h',
      'arpa/inet.h',
      'netinet/in.h',
      'sys/socket.h',
      'linux/if_ether.h',
    ];
    const more = ['linux/if_packet.h', 'linux/netlink.h', 'linux/rtnetlink.h', 'linux/if_link.h', 'linux/filter.h'];
    more.push('linux/connector.h', 'linux/cn_proc.h');
    more.push('linux/fib_rules.h', 'linux/ip.h', 'linux/netconf.h', 'net/if.h', 'linux/netfilter.h');
    more.push('linux/netfilter/nfnetlink.h', 'linux/netfilter/nf_tables.h');
    const includes = [...headers, ...more].map((name) => `#include <${name}>\n`).join('');
    writeFileSync(source, `#define _GNU_SOURCE\n${includes}int main(void) {\n${body}\nreturn 0; }\n`);
    execFileSync('cc', ['-o', program, source], { stdio: ['ignore', 'pipe', 'pipe'] });
    return execFileSync(program, { encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
