import { KernelAddresses } from '../kernel/addresses.js';
import { KernelAlarms, KernelClock } from '../kernel/clock.js';
import { KernelLans } from '../kernel/lan.js';
import { systemdNotify, watchdogInterval } from '../kernel/notify.js';
import { instanceSettings } from '../router/from-config.js';
import { Router } from '../router/router.js';
import { Supervisor } from '../router/supervisor.js';
import { after, micros } from '../values/time.js';
import { startDirector } from './child.js';
/** Starts router and director on the real kernel. @throws SystemError when there is no descriptor left for a timer. */
export function startRouter(config, file, text, log) {
    const clock = new KernelClock();
    const alarms = new KernelAlarms();
    const notify = systemdNotify();
    const wall = () => new Date().toISOString();
    const router = new Router(instanceSettings(config), {
        clock,
        alarms,
        lans: new KernelLans(),
        addresses: new KernelAddresses(),
        log,
        wall,
        report: (event) => {
            if (event !== null)
                supervisor.send({ kind: 'event', event });
            tellInstances();
            if (event !== null)
                notify.status(summary(router));
        },
    });
    const tellInstances = () => {
        supervisor.send({ kind: 'instances', instances: router.status() });
    };
    const answer = (message) => {
        if (message.kind === 'track')
            router.track(message.script, message.up, message.reason);
        if (message.kind === 'query')
            tellInstances();
    };
    const supervisor = new Supervisor({
        clock,
        alarms,
        log,
        start: () => startDirector(file, text),
        grace: config.director.grace,
        message: answer,
        ready: () => {
            tellInstances();
            notify.ready();
        },
        missing: (missing) => router.hold(missing ? ['the director process did not come back within its grace'] : []),
    });
    const watchdog = keepWatchdog(watchdogInterval(), () => notify.watchdog(), clock, alarms);
    router.start();
    supervisor.start();
    let stopping = null;
    const stop = async () => {
        notify.stopping();
        await router.stop();
        await supervisor.stop();
        watchdog.close();
    };
    return {
        stop: () => {
            stopping ??= stop();
            return stopping;
        },
    };
}
/** One line for `systemctl status`. */
const summary = (router) => router
    .status()
    .map((i) => `${i.name} ${i.state}`)
    .join(', ');
/** Pats the service manager's watchdog at half its interval, from the router's own loop: that is what it watches. */
function keepWatchdog(interval, pat, clock, alarms) {
    if (interval === null)
        return { close: () => { } };
    const again = () => alarm.set(after(clock.now(), micros(interval / 2)));
    const alarm = alarms.alarm(() => {
        pat();
        again();
    });
    again();
    return alarm;
}
