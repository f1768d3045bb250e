import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edited } from '../../src/director/override-verbs.js';
import { type Override, Overrides } from '../../src/director/overrides.js';
import { STATE_LIMIT, StateFiles, type StateStore } from '../../src/director/state-files.js';
import { silent } from '../../src/values/log.js';

const ROW = 'tcp/10.0.0.1:80 10.0.0.11:80';
const asked = { since: '2026-01-01T00:00:00.000Z', by: 'uid 0, pid 7' };
const drain = (was: Override): Override => edited(was, { verb: 'drain' }, asked);
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
    await overrides.change([ROW], drain);
    const again = await Overrides.load(store, silent);
    expect(again.overrides.admin(ROW)).toBe('drain');
    expect(again.overrides.get(ROW)).toEqual({ drain: asked });
    await again.overrides.change([ROW], () => ({}));
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('ready');
  });

  it('are written one after another, so that none of many at once is lost', async () => {
    const { overrides } = await Overrides.load(store, silent);
    const rows = Array.from({ length: 50 }, (_, i) => `tcp/10.0.0.1:80 10.0.1.${i}:80`);
    await Promise.all(rows.map((row) => overrides.change([row], drain)));
    const again = await Overrides.load(store, silent);
    expect([...again.overrides.rows()].sort()).toEqual([...rows].sort());
  });

  it('are set aside when they make no sense, and the next drain is stored again', async () => {
    await writeFile(join(directory, 'overrides.json'), '{"version":1,"servers":{"tcp/10.0.0.1:80 x":{}}}');
    const { overrides, problem } = await Overrides.load(store, silent);
    expect(problem).toContain(join(directory, 'overrides.json.corrupt'));
    expect(await readFile(join(directory, 'overrides.json.corrupt'), 'utf8')).toContain('10.0.0.1:80 x');
    await overrides.change([ROW], drain);
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('drain');
  });

  it('are not overwritten by a new drain after they could not be read at the start', async () => {
    const { overrides: before } = await Overrides.load(store, silent);
    await before.change([ROW], drain);
    let readable = false;
    const shut: StateStore = {
      place: store.place,
      read: (name) => (readable ? store.read(name) : Promise.reject(new Error('EACCES: permission denied'))),
      write: (name, text) => store.write(name, text),
      setAside: (name) => store.setAside(name),
    };
    const { overrides, problem } = await Overrides.load(shut, silent);
    expect(problem).toContain('EACCES');
    await expect(overrides.change(['tcp/10.0.0.1:80 10.0.1.9:80'], drain)).rejects.toThrow('EACCES');
    expect([...overrides.rows()]).toEqual([]);
    readable = true;
    await overrides.change(['tcp/10.0.0.1:80 10.0.1.9:80'], drain);
    expect([...overrides.rows()].sort()).toEqual([ROW, 'tcp/10.0.0.1:80 10.0.1.9:80'].sort());
    expect((await Overrides.load(store, silent)).overrides.admin(ROW)).toBe('drain');
  });

  it('keep the time of the first drain when it is asked for again', async () => {
    const { overrides } = await Overrides.load(store, silent);
    await overrides.change([ROW], drain);
    await overrides.change([ROW], (was) =>
      edited(was, { verb: 'drain' }, { ...asked, since: '2027-01-01T00:00:00.000Z' }),
    );
    expect(overrides.get(ROW).drain?.since).toBe(asked.since);
  });

  it('of the older version are read, and written again in the new one', async () => {
    const old = { version: 1, servers: { [ROW]: { admin: 'drain', since: asked.since } } };
    await writeFile(join(directory, 'overrides.json'), JSON.stringify(old));
    const { overrides, problem } = await Overrides.load(store, silent);
    expect(problem).toBeNull();
    expect(overrides.get(ROW)).toEqual({ drain: { since: asked.since, by: null } });
    await overrides.change([ROW], (was) => edited(was, { verb: 'weight', value: 5 }, asked));
    expect(JSON.parse(await readFile(join(directory, 'overrides.json'), 'utf8'))).toEqual({
      version: 2,
      servers: { [ROW]: { drain: { since: asked.since, by: null }, weight: { ...asked, value: 5 } } },
    });
    const again = await Overrides.load(store, silent);
    expect(again.overrides.get(ROW)).toEqual(overrides.get(ROW));
    expect([again.overrides.admin(ROW), again.overrides.weight(ROW)]).toEqual(['drain', 5]);
  });

  const said: readonly (readonly [text: string, why: string])[] = [
    ['{"version":3,"servers":{}}', 'it is of version 3; this directord reads version 1 and 2'],
    ['{"servers":{}}', 'it has no version; this directord reads version 1 and 2'],
    ['null', 'it has no version; this directord reads version 1 and 2'],
    ['{"version":2,"servers":{"x":{}}}', 'servers.x: not PROTOCOL/ADDRESS:PORT ADDRESS:PORT'],
    [`{"version":2,"servers":{"${ROW}":{}}}`, `servers."${ROW}": an entry that says nothing`],
  ];
  it.each(said)('say in plain words on one line why they make no sense: %s', async (text, why) => {
    await writeFile(join(directory, 'overrides.json'), text);
    const { problem } = await Overrides.load(store, silent);
    const aside = join(directory, 'overrides.json.corrupt');
    expect(problem).toBe(
      `stored drains and other overrides make no sense, so none is in force; they lie in ${aside} now: ${why}`,
    );
  });

  const wrong: readonly (readonly [what: string, servers: object])[] = [
    ['a weight out of range', { [ROW]: { weight: { ...asked, value: 65_536 } } }],
    ['an unknown field', { [ROW]: { drain: { ...asked, why: 'x' } } }],
    ['an entry that says nothing', { [ROW]: {} }],
    ['no row', { 'tcp/10.0.0.1 10.0.0.11:80': { drain: asked } }],
    ['a name without end', { [ROW]: { drain: { ...asked, by: 'x'.repeat(201) } } }],
    ['an entry of the older version', { [ROW]: { admin: 'drain', since: asked.since } }],
  ];
  it('say on one line that they are no JSON', async () => {
    await writeFile(join(directory, 'overrides.json'), '{\n"version"\n');
    const { problem } = await Overrides.load(store, silent);
    expect(problem).toMatch(/^stored drains .* now: [^\n]*JSON[^\n]*$/);
  });

  it.each(wrong)('are set aside for %s', async (_what, servers) => {
    await writeFile(join(directory, 'overrides.json'), JSON.stringify({ version: 2, servers }));
    const { overrides, problem } = await Overrides.load(store, silent);
    expect(problem).toContain('overrides.json.corrupt');
    expect([...overrides.rows()]).toEqual([]);
  });

  it.each(['tcp/[2001:db8::1]:80 [2001:db8::11]:80', 'fwmark/5 10.0.0.11:0', 'sctp/10.0.0.1:80 10.0.0.11:80'])(
    'are of every kind of service: %s',
    async (row) => {
      const { overrides } = await Overrides.load(store, silent);
      await overrides.change([row], drain);
      const again = await Overrides.load(store, silent);
      expect(again.problem).toBeNull();
      expect(again.overrides.admin(row)).toBe('drain');
    },
  );
});
