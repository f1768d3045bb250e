/** The import rules of ARCHITECTURE.md, room by room: what a room may import, besides itself. */
const rooms = {
  values: [],
  wire: ['values'],
  core: ['values'],
  ports: ['values', 'core'],
  kernel: ['values', 'core', 'ports', 'wire'],
  sim: ['values', 'core', 'ports'],
  probe: ['values', 'core'],
  config: ['values'],
  router: ['values', 'core', 'ports', 'config'],
  director: ['values', 'core', 'ports', 'probe', 'config', 'control'],
  control: ['values', 'core'],
  http: ['values', 'core'],
  cli: ['values', 'core', 'control', 'config'],
  bin: ['values', 'wire', 'core', 'ports', 'kernel', 'probe', 'config', 'router', 'director', 'control', 'http', 'cli'],
};

const all = Object.keys(rooms);
const arrows = all.map((room) => {
  const forbidden = all.filter((other) => other !== room && !rooms[room].includes(other));
  return {
    name: `${room}-imports-only-${rooms[room].join('-') || 'nothing'}`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: `^src/(${forbidden.join('|')})/` },
  };
});

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'pure-rooms-import-no-node-module',
      comment: 'values, wire and core are pure: no clock, no socket, no file.',
      severity: 'error',
      from: { path: '^src/(values|wire|core)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
