import { Lab } from './lab.js';
import { directordConf, keepalivedConf, scenario1, vip } from './topologies/scenario1.js';

/** What runs on the directors. */
export type Director = 'directord' | 'keepalived';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** The topologies that `scripts/lab up` brings up, with everything running in them. */
export const showcases: Readonly<Record<string, (director: Director) => Promise<void>>> = {
  scenario1: async (director) => {
    const lab = await Lab.up(scenario1);
    await Promise.all([lab.host('r1').nginx(), lab.host('r2').nginx()]);
    for (const name of ['d1', 'd2'] as const) {
      const host = lab.host(name);
      const started = await (director === 'keepalived'
        ? host.keepalived(keepalivedConf(name))
        : host.directord(directordConf(name)));
      started.exited.then(({ status }) =>
        say(`${name}: ${director} ended with ${status}:\n${started.output.slice(-2000)}`),
      );
    }
    say(`up: client, d1 and d2 (${director}), r1 and r2 (nginx); the virtual address is ${vip}`);
    say('in another terminal: scripts/lab shell client -- curl -s http://172.28.128.200/');
    say('                     scripts/lab shell d1        ^C or scripts/lab down ends it');
  },
};
