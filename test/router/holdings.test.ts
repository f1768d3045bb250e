import { describe, expect, it } from 'vitest';
import type { Addresses, VirtualAddress } from '../../src/ports/addresses.js';
import { Holdings } from '../../src/router/holdings.js';
import { settings } from '../model/rig.js';

/** A kernel that answers when it is told to. */
function rig() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const ask = (kind: string) => async (list: readonly VirtualAddress[]) => {
    asked.push(`${kind} ${list[0]?.cidr.address}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return list.map(() => null);
  };
  const kernel = { add: ask('add'), remove: ask('remove') } as unknown as Addresses;
  const answer = async (): Promise<void> => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { holdings: new Holdings(kernel), asked, answer };
}

const ours = settings().addresses;
const theirs = settings().addresses.map((a) => ({ ...a, cidr: { ...a.cidr, address: '10.0.0.9' as never } }));

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
