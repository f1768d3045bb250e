// Makes dist/ of src/: one file for each program, and what several of them share beside them. A daemon starts with its
// modules' loading, three processes of it; of 350 small files, most of them of packages, that is half of the time.
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const repo = join(import.meta.dirname, '..');
const source = join(repo, 'src/bin');
const dist = join(repo, 'dist');
/** What is started, by hand, as a process, or as a thread. */
const programs = ['directord', 'directorctl', 'director', 'prepare', 'reload-worker'];

const build = await rolldown({
  cwd: repo,
  input: Object.fromEntries(programs.map((name) => [name, join(source, `${name}.ts`)])),
  platform: 'node',
  // It has an addon of its own, which it looks for beside itself.
  external: ['raw-socket'],
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  onLog: (level, log, tell) => {
    if (level === 'warn') throw new Error(`bundle: ${log.message}`);
    tell(level, log);
  },
});
const output = {
  // As deep as src/bin: what is found beside it, the addon and package.json, is found by the same way.
  dir: join(dist, 'bin'),
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  sourcemap: true,
};
// What stands there stays where something is wrong.
await build.generate(output);
await rm(dist, { recursive: true, force: true });
await build.write(output);
await build.close();
for (const name of ['directord', 'directorctl']) await chmod(join(dist, 'bin', `${name}.js`), 0o755);
