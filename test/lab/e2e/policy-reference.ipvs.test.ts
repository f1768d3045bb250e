import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabProcess } from '../lab.js';
import type { Topology } from '../topology.js';
import { pause, until } from './pair.js';

/** Four servers, 10.1.0.11 to 14, by their number; 9 is the sorry one, 10.1.0.19. Of number 2 failure means weight 0. */
const WEIGHTS = { 1: 1, 2: 1, 3: 1, 4: 3 } as const;
const KEPT = 2;
type Number = keyof typeof WEIGHTS;
const NUMBERS: readonly Number[] = [1, 2, 3, 4];

const topology: Topology = {
  name: 'policy-reference',
  hosts: {
    d1: { eth1: '172.28.128.200/24', eth2: '10.1.0.254/24' },
    web: { eth2: NUMBERS.map((n) => `10.1.0.1${n}/24`) },
  },
};

type Program = 'keepalived' | 'directord';

/** What both are to do, each in its own words. */
interface Asked {
  readonly sorry: boolean;
  readonly keepalived: string;
  readonly directord: string;
  /** What directord does at its end; keepalived always clears the table. */
  readonly stop: 'leave' | 'clear';
}

/** After these servers are up and the others down: rows as NUMBER=WEIGHT, and all that was told until then. */
interface Step {
  readonly up: readonly Number[];
  readonly rows: string;
  readonly told: string;
  /** Where directord differs. */
  readonly ours?: { readonly rows?: string; readonly told?: string };
}

const keepalivedConf = ({ sorry, keepalived }: Asked, tell: string): string => `global_defs { script_user root }
virtual_server 172.28.128.200 80 {
  delay_loop 0.3
  retry 0
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  quorum 3
  hysteresis 1
  quorum_up "/bin/sh ${tell} up"
  quorum_down "/bin/sh ${tell} down"
  ${keepalived}
  ${sorry ? 'sorry_server 10.1.0.19 80' : ''}
${NUMBERS.map(
  (n) => `  real_server 10.1.0.1${n} 80 {
    weight ${WEIGHTS[n]}
    ${n === KEPT ? 'inhibit_on_failure' : ''}
    TCP_CHECK {
      connect_timeout 0.2
    }
  }`,
).join('\n')}
}
`;

const yaml = ({ sorry, directord, stop }: Asked, tell: string): string => `control: { group: root }
ipvs:
  on_stop: ${stop}
  services:
    - name: web
      address: 172.28.128.200:80
      scheduler: wrr
      forward: masq
      check: { type: tcp, interval: 300ms, timeout: 200ms, fall: 1 }
      quorum: 3
      quorum_hysteresis: 1
      on_quorum_up: { command: [/bin/sh, ${tell}, up], user: root }
      on_quorum_down: { command: [/bin/sh, ${tell}, down], user: root }
      ${directord}
      ${sorry ? 'sorry_server: { address: 10.1.0.19:80 }' : ''}
      servers:
${NUMBERS.map(
  (n) => `        - { address: 10.1.0.1${n}:80, weight: ${WEIGHTS[n]}${n === KEPT ? ', on_failure: zero' : ''} }`,
).join('\n')}
`;

const PLAIN: Asked = { sorry: true, keepalived: '', directord: '', stop: 'leave' };

describe.each<Program>(['keepalived', 'directord'])('the availability of a service with %s', (program) => {
  let lab: Lab;
  let running: LabProcess | null = null;
  let tell: string;
  const listening = new Map<Number, LabProcess>();
  const d1 = () => lab.host('d1');

  beforeAll(async () => {
    lab = await Lab.up({ ...topology, name: `policy-${program}` });
    tell = d1().write('tell.sh', `echo "$1" >>${d1().dir}/told\n`);
  });
  afterEach(async () => {
    await running?.end('SIGKILL');
  });
  afterAll(async () => {
    await lab?.down();
  });

  /** What comes comes before what goes: the weight in between is none that was not asked for. */
  const serve = async (wanted: readonly Number[]): Promise<void> => {
    for (const n of wanted) {
      const command = ['socat', `TCP-LISTEN:80,bind=10.1.0.1${n},fork,reuseaddr`, '/dev/null'];
      if (!listening.has(n)) listening.set(n, await lab.host('web').start(command));
    }
    for (const [n, server] of listening) {
      if (wanted.includes(n)) continue;
      await server.end('SIGKILL');
      listening.delete(n);
    }
  };
  const told = (): string => readFileSync(`${d1().dir}/told`, 'utf8').trim().split('\n').join(' ');
  const rows = async (): Promise<string> => {
    const [web] = await d1().ipvsadm();
    const row = (address: string, weight: number) => `${/^10\.1\.0\.1(\d):80$/.exec(address)?.[1]}=${weight}`;
    const found = web?.servers.map((s) => row(s.address, s.weight));
    return found?.sort().join(' ') ?? 'none';
  };

  const stands = async (what: string, wanted: { readonly rows: string; readonly told: string }): Promise<void> => {
    let now = { rows: '', told: '' };
    const holds = async (): Promise<boolean> => {
      now = { rows: await rows(), told: told() };
      return now.rows === wanted.rows && now.told === wanted.told;
    };
    await until(holds, 60_000, what).catch(() => {});
    // It must not be on its way to something else.
    if (await holds()) await pause(700);
    await holds();
    expect({ what, ...now }).toEqual({ what, ...wanted });
  };

  const run = async (asked: Asked, steps: readonly Step[], stopped: Omit<Step, 'up'>): Promise<void> => {
    d1().write('told', '');
    await d1().must(['ipvsadm', '-C']);
    await serve(steps[0]?.up ?? []);
    running =
      program === 'directord'
        ? await d1().directord(yaml(asked, tell))
        : await d1().start([
            ...['keepalived', '--dont-fork', '--log-console', '--check'],
            ...['--use-file', d1().write('keepalived.conf', keepalivedConf(asked, tell))],
          ]);
    const of = ({ rows, told, ours }: Omit<Step, 'up'>) => ({
      rows,
      told,
      ...(program === 'directord' ? ours : undefined),
    });
    for (const step of steps) {
      await serve(step.up);
      await stands(`${step.up.join()} up`, of(step));
    }
    running.kill('SIGTERM');
    await running.exited;
    await stands('stopped', of(stopped));
  };

  it('goes by weights, with hysteresis on both sides; the sorry server answers as long as the quorum is lost', () =>
    run(
      PLAIN,
      [
        { up: [1, 2, 3, 4], rows: '1=1 2=1 3=1 4=3', told: 'up' },
        { up: [1, 2, 3], rows: '1=1 2=1 3=1', told: 'up' },
        { up: [1, 2], rows: '1=1 2=1', told: 'up' },
        // Servers that are up but too weak together: keepalived removes them.
        { up: [1], rows: '2=0 9=1', told: 'up down', ours: { rows: '1=0 2=0 9=1' } },
        { up: [1, 3], rows: '2=0 9=1', told: 'up down', ours: { rows: '1=0 2=0 3=0 9=1' } },
        { up: [1, 2, 3], rows: '2=0 9=1', told: 'up down', ours: { rows: '1=0 2=0 3=0 9=1' } },
        { up: [1, 2, 3, 4], rows: '1=1 2=1 3=1 4=3', told: 'up down up' },
        { up: [4], rows: '2=0 4=3', told: 'up down up' },
        { up: [], rows: '2=0 9=1', told: 'up down up down' },
        { up: [4], rows: '2=0 9=1', told: 'up down up down', ours: { rows: '2=0 4=0 9=1' } },
        { up: [1, 4], rows: '1=1 2=0 4=3', told: 'up down up down up' },
      ],
      { rows: 'none', told: 'up down up down up', ours: { rows: '1=1 2=0 4=3' } },
    ));

  it('without a sorry server leaves those in the table that are up', () =>
    run(
      { ...PLAIN, sorry: false },
      [
        { up: [1, 2, 3], rows: '1=1 2=1 3=1', told: 'up' },
        { up: [1], rows: '1=1 2=0', told: 'up down' },
        { up: [1, 2, 3], rows: '1=1 2=1 3=1', told: 'up down' },
        { up: [1, 2, 3, 4], rows: '1=1 2=1 3=1 4=3', told: 'up down up' },
        { up: [], rows: '2=0', told: 'up down up down' },
      ],
      { rows: 'none', told: 'up down up down', ours: { rows: '2=0' } },
    ));

  it('begins without servers by alpha, or start: pessimistic, and ends by omega, or on_stop: clear', () =>
    run(
      { ...PLAIN, keepalived: 'alpha\n  omega', directord: 'start: pessimistic', stop: 'clear' },
      [
        { up: [1], rows: '2=0 9=1', told: 'down', ours: { rows: '1=0 2=0 9=1' } },
        { up: [1, 2, 3], rows: '2=0 9=1', told: 'down', ours: { rows: '1=0 2=0 3=0 9=1' } },
        { up: [1, 2, 3, 4], rows: '1=1 2=1 3=1 4=3', told: 'down up' },
      ],
      { rows: 'none', told: 'down up down' },
    ));

  it('begins with all servers, or start: optimistic, and finds out that there is none', () =>
    run(
      { ...PLAIN, keepalived: 'omega', directord: 'start: optimistic', stop: 'clear' },
      [
        { up: [], rows: '2=0 9=1', told: 'up down' },
        { up: [4], rows: '2=0 9=1', told: 'up down', ours: { rows: '2=0 4=0 9=1' } },
        { up: [1, 4], rows: '1=1 2=0 4=3', told: 'up down up' },
      ],
      { rows: 'none', told: 'up down up down' },
    ));

  it('is up at first with the bare quorum, where keepalived wants the hysteresis as well', () =>
    run(
      { ...PLAIN, sorry: false, keepalived: 'alpha' },
      [
        { up: [1, 2, 3], rows: '1=1 2=1 3=1', told: '', ours: { told: 'up' } },
        { up: [1, 2, 3, 4], rows: '1=1 2=1 3=1 4=3', told: 'up' },
      ],
      { rows: 'none', told: 'up', ours: { rows: '1=1 2=1 3=1 4=3' } },
    ));

  it('says nothing of what it has not seen, where no start is given: keepalived says up first', () =>
    run(
      PLAIN,
      [
        { up: [], rows: '2=0 9=1', told: 'up down', ours: { told: 'down' } },
        { up: [1, 4], rows: '1=1 2=0 4=3', told: 'up down up', ours: { told: 'down up' } },
      ],
      { rows: 'none', told: 'up down up', ours: { rows: '1=1 2=0 4=3', told: 'down up' } },
    ));
});
