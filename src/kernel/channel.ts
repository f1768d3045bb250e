import type { ChildProcess } from 'node:child_process';
import type { Channel, ToDirector, ToRouter } from '../ports/channel.js';

/** So many messages may wait for a director that does not read; more are refused, the router never waits. */
const BACKLOG = 256;

/** The router's end: node's own IPC channel to a forked child. */
export function routerChannel(child: ChildProcess): Channel<ToDirector, ToRouter> {
  let waiting = 0;
  return {
    send(message) {
      if (!child.connected || waiting >= BACKLOG) return false;
      waiting += 1;
      child.send(message, () => {
        waiting -= 1;
      });
      return true;
    },
    onMessage(receive) {
      child.on('message', (message) => receive(message as ToRouter));
    },
    onClose(closed) {
      child.once('disconnect', closed);
    },
  };
}

/** The director's end. @throws when this process was not started by a router. */
export function directorChannel(): Channel<ToRouter, ToDirector> {
  if (process.send === undefined) throw new Error('the director process is started by directord run, not by hand');
  const send = process.send.bind(process);
  return {
    send(message) {
      if (!process.connected) return false;
      return send(message, undefined, undefined, () => {
        // The other end went away between the check and the send: 'disconnect' says so.
      });
    },
    onMessage(receive) {
      process.on('message', (message) => receive(message as ToDirector));
    },
    onClose(closed) {
      // The router may have died before anybody asked.
      if (process.connected) process.once('disconnect', closed);
      else setImmediate(closed);
    },
  };
}
