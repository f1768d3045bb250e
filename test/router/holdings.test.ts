import { describe, expect, it } from 'vitest';
import type { Addresses, VirtualAddress } from '../../src/ports/addresses.js';
import {
  describeWay,
  type Laid,
  type VirtualRoute,
  type VirtualRule,
  type Way,
  type Ways,
} from '../../src/ports/routes.js';
import { type Estate, Holdings } from '../../src/router/holdings.js';
import { parseCidr } from '../../src/values/ip.js';
import { settings } from '../model/rig.js';

/** A kernel that answers when it is told to. */
function rig(answers: { readonly add?: (list: readonly Way[]) => readonly Laid[] } = {}) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
  const ask = (kind: string) => async (list: readonly VirtualAddress[]) => {
    asked.push(`${kind} ${list[0]?.cidr.address}`);
    await wait();
    return list.map(() => null);
  };
  const kernel = { add: ask('add'), remove: ask('remove') } as unknown as Addresses;
  const ways: Ways = {
    add: async (list) => {
      asked.push(`lay ${list.map(describeWay).join(', ')}`);
      await wait();
      return answers.add?.(list) ?? list.map(() => 'added');
    },
    remove: async (list) => {
      asked.push(`lift ${list.map(describeWay).join(', ')}`);
      await wait();
      return list.map(() => null);
    },
    watch: () => ({ close: () => {} }),
  };
  const answer = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { holdings: new Holdings(kernel, ways), asked, answer };
}

const estate = (address: string | null, over: Partial<Estate> = {}): Estate => ({
  addresses: settings().addresses.map((a) => (address === null ? a : { ...a, cidr: { ...a.cidr, address } }) as never),
  ways: [],
  owned: false,
  ...over,
});
const ours = estate(null);
const theirs = estate('10.0.0.9');

const network = parseCidr('10.1.0.0/16');
if (network === null) throw new Error();
const route: VirtualRoute = {
  kind: 'route',
  family: 4,
  to: network,
  type: 'blackhole',
  via: null,
  interface: null,
  source: null,
  metric: null,
  table: 254,
  scope: null,
  onlink: false,
  mtu: null,
  nexthops: [],
};
const rule: VirtualRule = {
  kind: 'rule',
  family: 4,
  priority: 1000,
  table: 100,
  from: null,
  to: network,
  fwmark: null,
  mask: null,
  iif: null,
  oif: null,
  not: false,
};
const ROUTE = 'route blackhole 10.1.0.0/16 table 254';
const RULE = 'rule 1000: from all to 10.1.0.0/16 table 100';

describe('the order in which addresses come and go', () => {
  it('is that in which they were asked for, one at a time', async () => {
    const { holdings, asked, answer } = rig();
    const settled: string[] = [];
    holdings.add(ours, () => settled.push('ours'));
    holdings.add(theirs, () => settled.push('theirs'));
    expect(asked).toEqual(['add 172.28.128.200']);
    await answer();
    expect(asked).toEqual(['add 172.28.128.200', 'add 10.0.0.9']);
    await answer();
    await holdings.idle();
    expect(settled).toEqual(['ours', 'theirs']);
  });

  it('keeps but the latest wish for the same addresses while the kernel hangs', async () => {
    const { holdings, asked, answer } = rig();
    const settled: number[] = [];
    holdings.add(ours, () => settled.push(0));
    for (let i = 1; i <= 1000; i += 1) {
      if (i % 2 === 1) holdings.remove(ours, () => settled.push(i));
      else holdings.add(ours, () => settled.push(i));
    }
    holdings.remove(theirs, () => settled.push(-1));
    for (let i = 0; i < 4; i += 1) await answer();
    await holdings.idle();
    expect(asked).toEqual(['add 172.28.128.200', 'add 172.28.128.200', 'remove 10.0.0.9']);
    expect(settled).toEqual([0, 1000, -1]);
  });
});

describe('routes and rules', () => {
  const whole = estate(null, { ways: [route, rule] });

  it('come after the addresses, routes first, and go before them, rules first', async () => {
    const { holdings, asked, answer } = rig();
    holdings.add(whole, () => holdings.lay(whole, ({ added }) => expect(added).toEqual([route, rule])));
    for (let i = 0; i < 2; i += 1) await answer();
    holdings.remove(whole, (refusal) => expect(refusal).toBeNull());
    for (let i = 0; i < 2; i += 1) await answer();
    await holdings.idle();
    expect(asked).toEqual([
      'add 172.28.128.200',
      `lay ${ROUTE}, ${RULE}`,
      `lift ${RULE}, ${ROUTE}`,
      'remove 172.28.128.200',
    ]);
  });

  it('do not hold up another instance’s addresses, and a removal overtakes them', async () => {
    const { holdings, asked, answer } = rig();
    holdings.add(whole, () => holdings.lay(whole, () => expect.unreachable()));
    holdings.add(theirs, () => holdings.remove(whole, () => {}));
    for (let i = 0; i < 4; i += 1) await answer();
    await holdings.idle();
    expect(asked).toEqual(['add 172.28.128.200', 'add 10.0.0.9', `lift ${RULE}, ${ROUTE}`, 'remove 172.28.128.200']);
  });

  it('are not asked for a second time while the first is waiting', async () => {
    const { holdings, asked, answer } = rig();
    holdings.add(theirs, () => {});
    for (let i = 0; i < 100; i += 1) holdings.lay(whole, () => {});
    for (let i = 0; i < 2; i += 1) await answer();
    await holdings.idle();
    expect(asked).toEqual(['add 10.0.0.9', `lay ${ROUTE}, ${RULE}`]);
  });

  it('that the kernel refuses are told one by one', async () => {
    const failure = { what: 'route.add', code: 'ENETUNREACH', detail: ROUTE };
    const { holdings, answer } = rig({ add: () => [failure, 'there'] });
    const told: unknown[] = [];
    holdings.lay(whole, (laid) => told.push(laid));
    await answer();
    expect(told).toEqual([{ added: [], refused: [failure] }]);
  });

  it('of an owner go, and its addresses stay', async () => {
    const { holdings, asked, answer } = rig();
    holdings.remove(estate(null, { ways: [route], owned: true }), () => {});
    await answer();
    await holdings.idle();
    expect(asked).toEqual([`lift ${ROUTE}`]);
  });
});
