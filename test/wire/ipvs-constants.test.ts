import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as ipvs from '../../src/wire/ipvs-constants.js';
import * as netlink from '../../src/wire/netlink-constants.js';

const STRUCTS: Readonly<Record<string, string>> = {
  SIZEOF_NLMSGHDR: 'struct nlmsghdr',
  SIZEOF_GENLMSGHDR: 'struct genlmsghdr',
  SIZEOF_NLATTR: 'struct nlattr',
  SIZEOF_NLMSGERR: 'struct nlmsgerr',
  SIZEOF_SOCKADDR_NL: 'struct sockaddr_nl',
  SIZEOF_IP_VS_FLAGS: 'struct ip_vs_flags',
  SIZEOF_NF_INET_ADDR: 'union nf_inet_addr',
};

const HEADERS = [
  'sys/socket.h',
  'netinet/in.h',
  'linux/netlink.h',
  'linux/genetlink.h',
  'linux/netfilter.h',
  'linux/ip_vs.h',
];

/** The compiler's values of these names: a number, or a string where we have one. */
function askCompiler(names: Readonly<Record<string, number | string>>): Record<string, number | string> {
  const folder = mkdtempSync(join(tmpdir(), 'directord-constants-'));
  const lines = Object.entries(names).map(([name, ours]) => {
    const struct = STRUCTS[name];
    const value = struct === undefined ? name : `sizeof(${struct})`;
    return typeof ours === 'string'
      ? `  printf("  \\"${name}\\": \\"%s\\",\\n", ${value});`
      : `  printf("  \\"${name}\\": %lld,\\n", (long long)(${value}));`;
  });
  const program = [
    '#define _GNU_SOURCE',
    '#include <stdio.h>',
    ...HEADERS.map((header) => `#include <${header}>`),
    'int main(void) {',
    '  puts("{");',
    ...lines,
    '  puts("\\"\\": 0}");',
    '  return 0;',
    '}',
  ];
  try {
    writeFileSync(join(folder, 'show.c'), program.join('\n'));
    execFileSync('cc', ['-Wall', '-Werror', '-o', join(folder, 'show'), join(folder, 'show.c')]);
    const { '': _, ...values } = JSON.parse(execFileSync(join(folder, 'show'), { encoding: 'utf8' }));
    return values;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('every netlink constant and structure size is the one of the kernel headers', () => {
  expect(askCompiler(netlink)).toEqual({ ...netlink });
});

test('every IPVS constant and structure size is the one of the kernel headers', () => {
  expect(askCompiler(ipvs)).toEqual({ ...ipvs });
});

test('no command and no attribute of <linux/ip_vs.h> is missing', () => {
  const header = execFileSync('cc', ['-E', '-include', 'linux/ip_vs.h', '-x', 'c', '/dev/null'], { encoding: 'utf8' });
  const names = new Set(header.match(/\bIPVS_(?:CMD|SVC|DEST|DAEMON|STATS|INFO)_[A-Z0-9_]+\b/g));
  // Not of the interface: the zeroth, and an alignment's padding.
  const wanted = [...names].filter((name) => !/_(?:UNSPEC|PAD|MAX)$/.test(name));
  expect(wanted.length).toBeGreaterThan(60);
  expect(wanted.filter((name) => !(name in ipvs))).toEqual([]);
});
