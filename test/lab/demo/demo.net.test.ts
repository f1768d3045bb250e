import { describe, expect, it } from 'vitest';
import { reportTraffic } from '../traffic.js';
import { isLocal, parseIpvsTable } from './kernel.js';
import { oneLine, panel, panelWidth, type View } from './panel.js';
import { Screen } from './screen.js';
import { steps } from './steps.js';
import { strip } from './stream.js';
import { align, complaint, type Done, longestGapMs, paint, readable, sentence, summary } from './words.js';

const plain = paint(false);

/** A request every 20 ms; those sent from `from` to before `to` (ms) fail after 500 ms. */
const requests = (count: number, from = 0, to = 0) =>
  Array.from({ length: count }, (_, n) => {
    const sent = n * 20;
    const ok = sent < from || sent >= to;
    return { n, sent, done: sent + (ok ? 2 : 500), ok, body: ok ? 'r1' : 'timeout' };
  });

const done = (failures: Done['allowed']['failures'], ms: number | null, from = 0, to = 0): Done => {
  const results = requests(200, from, to);
  const allowed = { ms, why: 'a reason', failures };
  return { title: 'stop d1', allowed, report: reportTraffic(results), gapMs: longestGapMs(results, 0) };
};

const view: View = {
  vip: '172.28.128.200',
  directors: [
    { name: 'd1', address: '172.28.128.60', priority: 100, state: 'cable cut' },
    { name: 'd2', address: '172.28.128.90', priority: 50, state: 'MASTER' },
  ],
  tableOf: 'd2',
  servers: [
    { name: 'r1', address: '172.28.128.110:80', row: null, answered: 117 },
    { name: 'r2', address: '172.28.128.120:80', row: { weight: 1, active: 0, inactive: 1210 }, answered: 483 },
  ],
  sent: 707,
  failed: 107,
  strip: '..~~xx',
  doing: 'waiting until d2 is master',
};

describe("the demo's words", () => {
  it('measure an outage from the last answer before it to the first one after it', () => {
    expect(done('under way', 805, 1000, 1800).gapMs).toBe(820);
    expect(sentence(done('under way', 805, 1000, 1800))).toBe('service away for 820 ms: 40 of 200 requests failed');
  });

  it('call a service that answered all along never away', () => {
    const words = 'service never away (longest wait for an answer 20 ms): 0 of 200 requests failed';
    expect(sentence(done('none', null))).toBe(words);
  });

  it('complain about an outage that is longer than allowed, and about a failure where none may be', () => {
    expect(complaint(done('under way', 805, 1000, 1800), 300)).toBeNull();
    expect(complaint(done('under way', 805, 1000, 2800), 300)).toMatch(
      /away for 1820 ms; allowed: 805 ms \(a reason\)/,
    );
    expect(complaint(done('under way', null, 1000, 2800), 300)).toMatch(/away for 1820 ms; allowed: \(a reason\)/);
    expect(complaint(done('none', null, 1000, 1040), 300)).toMatch(
      /2 of 200 requests failed \(the first: timeout\); none/,
    );
  });

  it('end in an aligned table', () => {
    expect(summary([done('none', null), done('half', 7000, 1000, 3000)])).toEqual([
      'STEP     NO ANSWER FOR      FAILED  ALLOWED',
      'stop d1          20 ms    0 of 200        -  a reason',
      'stop d1  1980 ms, half  100 of 200  7000 ms  a reason',
    ]);
  });

  it('stay within 80 columns, steps and panel', () => {
    for (const { about, title } of steps) {
      expect(`     ${about}`.length, title).toBeLessThanOrEqual(panelWidth);
    }
    const wide = { ...view, doing: 'x'.repeat(200), strip: '.'.repeat(200), sent: 123_456, failed: 123_456 };
    for (const line of panel(wide, plain)) {
      expect(line.length, line).toBeLessThanOrEqual(panelWidth);
    }
  });

  it("tell a line of directord's log as a person reads it, and leave other lines alone", () => {
    const line = '{"level":40,"time":"2026-01-01T04:14:23.884Z","pid":32,"name":"director","msg":"no group directord"}';
    expect(readable(line)).toBe('04:14:23.884 warning no group directord');
    expect(readable('plain')).toBe('plain');
    expect(readable('17')).toBe('17');
  });
});

describe("the demo's pictures", () => {
  it('show who is master, the table and the counters', () => {
    expect(panel(view, plain)).toEqual([
      '-'.repeat(79),
      '  d1  172.28.128.60  priority 100  cable cut',
      '  d2  172.28.128.90  priority  50  MASTER  holds 172.28.128.200',
      '',
      '      IPVS of d2, 172.28.128.200:80 rr  WEIGHT  ACTIVE  INACTIVE  ANSWERED',
      '  r1  172.28.128.110:80                    out       -         -       117',
      '  r2  172.28.128.120:80                      1       0      1210       483',
      '',
      '  requests  707 sent, 107 failed',
      `  last 4 s  ${' '.repeat(34)}..~~xx  . ok ~ late / half x lost`,
      '  now       waiting until d2 is master',
    ]);
    expect(oneLine(view)).toBe('d1 cable cut, d2 MASTER | r1 out, r2 weight 1 | 707 requests so far, 107 failed');
  });

  it('draw requests as a strip, a letter for each 100 ms, the newest at the right', () => {
    expect(strip(requests(50, 400, 640), 1099, 12)).toBe(' ....xx/... ');
    expect(strip(requests(50), 999, 5)).toBe('.....');
    expect(strip([{ n: 0, sent: 10, done: 400, ok: true, body: 'r1' }], 450, 5)).toBe('~    ');
  });

  it('align columns at the side that was asked for', () => {
    expect(
      align(
        [
          ['a', '1'],
          ['bcd', '234'],
        ],
        [1],
      ),
    ).toEqual(['a      1', 'bcd  234']);
  });

  it('are drawn over the one before on a terminal, and send no control code into a pipe', () => {
    const draw = (columns: number): string => {
      let out = '';
      const screen = new Screen(columns, false, (text) => {
        out += text;
      });
      screen.draw(['one', 'two']);
      screen.say('kept');
      screen.draw(['three']);
      return out;
    };
    expect(draw(0)).toBe('kept\n');
    const k = '\u001b[K\n';
    expect(draw(100)).toBe(`one${k}two${k}\u001b[2A\r\u001b[Jkept\none\ntwo\n\u001b[2A\rthree${k}\u001b[J`);
  });
});

describe('what the kernel says', () => {
  it('is read as ipvsadm would tell it', () => {
    const text = [
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
      'TCP  AC1C80C8:0050 rr  ',
      '  -> AC1C806E:0050      Route   1      2          25        ',
      'UDP  0A00000A:0035 wrr persistent 30 FFFFFFFF',
    ].join('\n');
    const server = { address: '172.28.128.110:80', forward: 'Route', weight: 1, active: 2, inactive: 25 };
    expect(parseIpvsTable(text)).toEqual([
      { protocol: 'TCP', address: '172.28.128.200:80', scheduler: 'rr', flags: '', servers: [server] },
      { protocol: 'UDP', address: '10.0.0.10:53', scheduler: 'wrr', flags: 'persistent 30 FFFFFFFF', servers: [] },
    ]);
    expect(parseIpvsTable('')).toEqual([]);
  });

  it('names the addresses of a host', () => {
    const trie = '  |-- 172.28.128.20\n     /32 host LOCAL\n  |-- 172.28.128.200\n     /32 link BROADCAST\n';
    expect(isLocal(trie, '172.28.128.20')).toBe(true);
    expect(isLocal(trie, '172.28.128.200')).toBe(false);
  });
});
