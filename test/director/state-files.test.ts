import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Overrides } from '../../src/director/overrides.js';
import { STATE_LIMIT, StateFiles, type StateStore } from '../../src/director/state-files.js';
import { silent } from '../../src/values/log.js';

const ROW = 'tcp/10.0.0.1:80 10.0.0.11:80';
const drain = { admin: 'drain', since: '2026-01-01T00:00:00.000Z' } as const;
let directory = '';
let store: StateFiles;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directord-state-'));
  store = new StateFiles(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('state on disk', () => {
  it('is read as it was written, private, and leaves no temporary file behind', async () => {
    expect(await store.read('a.json')).toBeNull();
    await store.write('a.json', 'one');
    await store.write('a.json', 'two');
    expect(await store.read('a.json')).toBe('two');
    expect(await readdir(directory)).toEqual(['a.json']);
    expect((await stat(join(directory, 'a.json'))).mode & 0o777).toBe(0o600);
  });

  it('is written over what a crash left behind', async () => {
    await writeFile(join(directory, 'a.json.new'), 'half of somethi');
    await store.write('a.json', 'whole');
    expect(await store.read('a.json')).toBe('whole');
  });

  it('does not follow a link, does not wait for a pipe, and does not read a huge file', async () => {
    await symlink('/etc/passwd', join(directory, 'link'));
    await expect(store.read('link')).rejects.toThrow('ELOOP');
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    await expect(store.read('pipe')).rejects.toThrow('is not a file');
    await writeFile(join(directory, 'huge'), Buffer.alloc(STATE_LIMIT + 1));
    await expect(store.read('huge')).rejects.toThrow(`at most ${STATE_LIMIT} are read`);
  });

  it('says what is wrong where it cannot be written', async () => {
    await expect(new StateFiles(join(directory, 'missing')).write('a', '')).rejects.toThrow('ENOENT');
  });
});

describe('overrides on disk', () => {
  it('outlive their process', async () => {
    const { overrides } = await Overrides.load(store, silent);
    await overrides.set([ROW], drain);
    const again = await Overrides.load(store, silent);
    expect(again.overrides.admin(ROW)).toBe('drain');
    expect(again.overrides.since(ROW)).toBe(drain.since);
    await again.overrides.set([ROW], null);
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('ready');
  });

  it('are written one after another, so that none of many at once is lost', async () => {
    const { overrides } = await Overrides.load(store, silent);
    const rows = Array.from({ length: 50 }, (_, i) => `tcp/10.0.0.1:80 10.0.1.${i}:80`);
    await Promise.all(rows.map((row) => overrides.set([row], drain)));
    const again = await Overrides.load(store, silent);
    expect([...again.overrides.rows()].sort()).toEqual([...rows].sort());
  });

  it('are set aside when they make no sense, and the next drain is stored again', async () => {
    await writeFile(join(directory, 'overrides.json'), '{"version":1,"servers":{"tcp/10.0.0.1:80 x":{}}}');
    const { overrides, problem } = await Overrides.load(store, silent);
    expect(problem).toContain(join(directory, 'overrides.json.corrupt'));
    expect(await readFile(join(directory, 'overrides.json.corrupt'), 'utf8')).toContain('10.0.0.1:80 x');
    await overrides.set([ROW], drain);
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('drain');
  });

  it('are not overwritten by a new drain after they could not be read at the start', async () => {
    const { overrides: before } = await Overrides.load(store, silent);
    await before.set([ROW], drain);
    let readable = false;
    const shut: StateStore = {
      place: store.place,
      read: (name) => (readable ? store.read(name) : Promise.reject(new Error('EACCES: permission denied'))),
      write: (name, text) => store.write(name, text),
      setAside: (name) => store.setAside(name),
    };
    const { overrides, problem } = await Overrides.load(shut, silent);
    expect(problem).toContain('EACCES');
    await expect(overrides.set(['tcp/10.0.0.1:80 10.0.1.9:80'], drain)).rejects.toThrow('EACCES');
    expect([...overrides.rows()]).toEqual([]);
    readable = true;
    await overrides.set(['tcp/10.0.0.1:80 10.0.1.9:80'], drain);
    expect([...overrides.rows()].sort()).toEqual([ROW, 'tcp/10.0.0.1:80 10.0.1.9:80'].sort());
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('drain');
  });

  it('keep the time of the first drain when it is asked for again', async () => {
    const { overrides } = await Overrides.load(store, silent);
    await overrides.set([ROW], drain);
    await overrides.set([ROW], { ...drain, since: '2027-01-01T00:00:00.000Z' });
    expect(overrides.since(ROW)).toBe(drain.since);
  });
});
