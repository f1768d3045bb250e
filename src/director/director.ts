import { unreachable } from '../values/unreachable.js';
import type { DirectorDeps } from './director-deps.js';
import { Run } from './run.js';

/** A running director. */
export interface Director {
  /** Resolves when it has ended: `stopped` as asked, `router-died`, or `failed`, which it has told the router. */
  readonly ended: Promise<Ending>;
  /** SIGHUP. */
  hangup(): void;
}

export type Ending = 'stopped' | 'router-died' | 'failed';

/** Runs checks, scripts, the table and the control socket until the router says stop, or is gone. */
export function runDirector(deps: DirectorDeps): Director {
  const { channel, log } = deps;
  const run = new Run(deps);
  let end: (how: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });

  channel.onMessage((message) => {
    switch (message.kind) {
      case 'config':
        return; // Read by whoever built our configuration from it.
      case 'ping':
        channel.send({ kind: 'pong', sequence: message.sequence });
        return;
      case 'instances':
        run.heard(message.instances);
        return;
      case 'event':
        run.events.add(message.event);
        return;
      case 'transition':
        run.notify.take(message.lane, message.transition, message.left);
        return;
      case 'standing':
        run.notify.standing(message.told);
        return;
      case 'yielded':
        run.yields.answered(message.id, message.answer);
        return;
      case 'reload':
        run.hangup();
        return;
      case 'reloaded':
        run.reloaded(message.id, message.ok ? null : message.reason);
        return;
      case 'stop':
        void run.stop(run.config.ipvs.on_stop).then(() => end('stopped'));
        return;
      default:
        unreachable(message);
    }
  });
  channel.onClose(() => {
    if (run.stopping) return;
    log.error({}, 'router process is gone: ending too; the table is left as it is');
    void deps
      .routerDied(run.config)
      .catch((error: Error) => log.error({ why: error.message }, 'cleaning up after the router failed'))
      .then(() => run.notify.routerDied())
      .then(() => run.stop('leave'))
      .then(() => end('router-died'));
  });

  run.start().then(
    () => {
      if (!run.stopping) channel.send({ kind: 'ready' });
    },
    (error: unknown) => {
      if (run.stopping) return;
      const reason = error instanceof Error ? error.message : String(error);
      log.error({}, `director cannot go on: ${reason}`);
      channel.send({ kind: 'failed', reason });
      void run.stop('leave').then(() => end('failed'));
    },
  );
  return {
    ended,
    hangup: () => run.hangup(),
  };
}
