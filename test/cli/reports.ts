import type { InstanceStatus, ServerStatus, ServiceStatus, StatusReport } from '../../src/core/status.js';

/** 2026-01-01T01:00:00Z: what the views take as now. */
export const NOW = Date.parse('2026-01-01T01:00:00.000Z');

export const instance = (over: Partial<InstanceStatus> = {}): InstanceStatus => ({
  name: 'VI_1',
  state: 'master',
  since: '2026-01-01T00:56:48.000Z',
  interface: 'eth1',
  virtualRouterId: 50,
  priority: 100,
  effectivePriority: 100,
  version: 2,
  master: '172.28.128.60',
  addresses: ['172.28.128.200/24'],
  reasons: [],
  admin: 'ready',
  adminSince: null,
  counters: {
    sent: 1,
    received: 0,
    becameMaster: 1,
    latestLatenessMs: 0,
    worstLatenessMs: 0,
    dropped: {},
    differing: {},
  },
  ...over,
});

export const server = (over: Partial<ServerStatus> = {}): ServerStatus => ({
  name: null,
  address: '172.28.128.110:80',
  forward: 'dr',
  weight: 1,
  effectiveWeight: 1,
  health: 'up',
  since: '2026-01-01T00:56:50.000Z',
  admin: 'ready',
  activeConnections: 0,
  inactiveConnections: 25,
  connectionRate: 1,
  lastCheck: { ok: true, milliseconds: 0.42, reason: null },
  ...over,
});

export const service = (over: Partial<ServiceStatus> = {}): ServiceStatus => ({
  name: 'web',
  address: '172.28.128.200:80',
  protocol: 'tcp',
  scheduler: 'rr',
  state: 'up',
  since: '2026-01-01T00:56:50.000Z',
  connectionRate: 12.4,
  inByteRate: 12_345,
  outByteRate: 0,
  servers: [server(), server({ address: '172.28.128.120:80' })],
  ...over,
});

export const report = (over: Partial<StatusReport> = {}): StatusReport => ({
  version: '0.1.0',
  routerId: 'Balance1',
  uptimeSeconds: 192.3,
  instances: [instance()],
  services: [service()],
  problems: [],
  ...over,
});
