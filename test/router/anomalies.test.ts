import { describe, expect, it } from 'vitest';
import type { Ip } from '../../src/values/ip.js';
import { Rig } from '../model/rig.js';

const names = (rig: Rig) => (rig.status.conditions ?? []).map((condition) => condition.name);
const VIP = '172.28.128.200' as Ip;

describe('a named condition between an instance and its neighbours', () => {
  it('tells of a loser that goes on as master, in status, log and events, until it is quiet for ten seconds', async () => {
    const rig = await new Rig().started(4);
    expect(rig.status.state).toBe('master');
    for (let i = 0; i < 5; i += 1) {
      rig.says(50);
      await rig.until(5 + i);
    }
    const text = '172.28.128.90 is master as well, with priority 50: it does not hear our adverts, or refuses them';
    expect(rig.status.conditions).toMatchObject([{ name: 'two-masters', from: '172.28.128.90', text }]);
    expect(rig.status.reasons).toEqual([text]);
    expect(rig.events.filter((line) => line.includes('two-masters'))).toEqual([`5.000 two-masters: ${text}`]);
    await rig.until(30);
    expect(names(rig)).toEqual([]);
    expect(rig.events.at(-1)).toBe('18.000 two-masters over');
    expect(rig.logged.filter((line) => line.fields.condition === 'two-masters').length).toBe(2);
  });

  it('is none when a loser yields to the answer, or when a better master takes over', async () => {
    const rig = await new Rig().started(4);
    rig.says(50);
    await rig.until(5);
    for (let i = 0; i < 4; i += 1) {
      rig.says(200);
      await rig.until(6 + i);
    }
    expect(rig.status.state).toBe('backup');
    expect(names(rig)).toEqual([]);
  });

  it('tells a backup of two masters that speak in turns', async () => {
    const rig = await new Rig().started(0.1);
    for (let i = 0; i < 6; i += 1) {
      rig.says(200);
      await rig.until(0.2 + i);
      rig.says(150, {}, '172.28.128.91');
      await rig.until(0.6 + i);
    }
    expect(names(rig)).toEqual(['two-masters']);
    expect(rig.status.conditions?.[0]?.text).toBe('172.28.128.91 and 172.28.128.90 are master at the same time');
  });

  it('tells of a host that claims our address, and announces ours again, at most once in ten seconds', async () => {
    const rig = await new Rig().started(6);
    const ours = () => rig.frames.filter((line) => line.endsWith(`announce ${VIP}`)).length;
    const before = ours();
    for (let i = 0; i < 8; i += 1) {
      rig.neighbour.send({ kind: 'announcement', address: VIP });
      await rig.until(6.5 + i * 0.25);
    }
    expect(ours() - before).toBe(1);
    expect(rig.status.conditions).toMatchObject([
      { name: 'address-conflict', from: VIP, text: expect.stringContaining('says that it has 172.28.128.200') },
    ]);
    await rig.until(30);
    expect(names(rig)).toEqual([]);
  });

  it('is no conflict when a master announces its address while we are backup', async () => {
    const rig = await new Rig().started(0.1);
    rig.says(200);
    rig.neighbour.send({ kind: 'announcement', address: VIP });
    await rig.until(1);
    expect(names(rig)).toEqual([]);
  });
});
