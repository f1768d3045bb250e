import type { Endpoint } from '../../../src/values/endpoint.js';
import type { Ipv4 } from '../../../src/values/ipv4.js';
import { type Row, SLOW, TIMEOUT } from '../matrix.js';

/** What the script does goes by the port that it is told. None goes on for long after a test that has ended. */
const BEHAVIOURS = `case {port} in
  1) exit 0 ;;
  2) echo "{address} is not well"; exit 1 ;;
  3) exec sleep 60 ;;
  4) sleep 0.${SLOW}; exit 0 ;;
  5) kill -9 $$ ;;
  6) yes ;;
  7) trap '' TERM; for i in $(seq 100); do sleep 0.05; done ;;
  8) exit 3 ;;
esac`;

const behaving = (port: number) => async (): Promise<Endpoint> => ({ address: '192.0.2.7' as Ipv4, port });
const slow = `timed out after ${TIMEOUT}ms`;

export const script: Row = {
  title: 'script',
  settings: { type: 'script', command: ['/bin/sh', '-c', BEHAVIOURS] },
  cases: {
    up: { serve: behaving(1), reason: null },
    'down by refusal': { serve: behaving(2), reason: 'exit code 1: 192.0.2.7 is not well' },
    'down by silence': { serve: behaving(3), reason: slow, atLeast: TIMEOUT - 1 },
    'down by a wrong answer': { serve: behaving(8), reason: 'exit code 3' },
    'slow, within its time': { serve: behaving(4), reason: null, atLeast: SLOW - 1 },
    'slower than its time': { serve: behaving(3), reason: slow },
    'half-open: accepts and says nothing': { serve: behaving(7), reason: slow, atLeast: TIMEOUT - 1 },
    'reset in the middle': { serve: behaving(5), reason: 'ended by SIGKILL' },
    'endless answer': { serve: behaving(6), reason: /^timed out after 900ms: (y )+/ },
  },
};
