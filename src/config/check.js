import { z } from 'zod';
import { listOf, mapping, matching, orNull, parsed, whole, wrong } from './fields.js';
import { found, says } from './found.js';
import { duration, withinInterval } from './scalars.js';
const STATUS = 'a status from 100 to 599 or a range such as 200-299';
const statusRange = z.union([
    whole(100, 599).transform((status) => ({ from: status, to: status })),
    parsed(STATUS, (text) => {
        const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
        if (from === '')
            return wrong();
        const range = { from: Number(from), to: Number(to) };
        return range.from <= range.to ? range : wrong('ends before it begins');
    }, { pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$', examples: ['200-299'] }),
], { error: says(STATUS) });
const bodyMatch = parsed('a text that the body contains, or a regular expression such as /^ok$/m', (text) => {
    if (text === '')
        return wrong();
    const parts = /^\/(.+)\/([a-z]*)$/s.exec(text);
    if (parts === null)
        return { kind: 'text', text };
    const [, source = '', flags = ''] = parts;
    if (!/^[imsu]*$/.test(flags))
        return wrong('has a flag that is not i, m, s or u');
    try {
        new RegExp(source, flags);
    }
    catch {
        return wrong('is no regular expression');
    }
    return { kind: 'regex', source, flags };
});
const shared = {
    port: orNull(whole(1, 65_535)).describe('The port to try. Default: the server’s.'),
    interval: duration('10ms', '1h').prefault('2s').describe('How often each server is tried.'),
    timeout: duration('1ms', '1h')
        .optional()
        .describe('How long one try may take, connection and answer together. At most the interval, because tries of one server never overlap. Default: 1s, or the interval where that is shorter.'),
    retries: whole(0, 100)
        .prefault(0)
        .describe('So many further tries before a check counts as failed; the next interval begins after them.'),
    retry_delay: duration('0s', '1h').prefault('1s').describe('The pause before each further try.'),
    rise: whole(1, 255).prefault(1).describe('So many successes in a row bring a server in.'),
    fall: whole(1, 255).prefault(3).describe('So many failures in a row take it out.'),
};
const tcp = mapping({
    type: z.literal('tcp').describe('The port accepts a connection.'),
    ...shared,
});
const http = mapping({
    type: z.literal('http').describe('A GET is answered as expected (HTTP/1.1, no redirect is followed).'),
    path: matching(/^\/[\x21-\x7e]{0,2047}$/, 'a path that begins with "/", without spaces (encode them as %20)')
        .prefault('/')
        .describe('What is asked for, with the query.'),
    host: orNull(matching(/^[A-Za-z0-9._-]{1,253}(:\d{1,5})?$/, 'a host name such as example.org, or one with a port')).describe('The Host header. Default: the server’s address and port.'),
    expect_status: listOf(statusRange, 'statuses and ranges such as [200-299, 301]')
        .min(1, { error: 'found an empty list; allowed: a list of statuses and ranges such as [200-299, 301]' })
        .prefault(['200-299'])
        .describe('The statuses that count as success.'),
    expect_body: orNull(bodyMatch).describe('What the beginning of the body must contain: a text, or a regular expression between slashes. Default: anything.'),
    ...shared,
});
const ONE_SECOND = 1_000_000;
/** A health check of a service's servers. */
export const check = z
    .discriminatedUnion('type', [tcp, http], {
    error: (issue) => issue.code === 'invalid_union'
        ? `${found(issue.input?.type)}; allowed: tcp, http`
        : says('a mapping such as { type: tcp } or { type: http, path: / }')(issue),
})
    .transform((c, context) => {
    const timeout = c.timeout ?? Math.min(ONE_SECOND, c.interval);
    withinInterval({ timeout, interval: c.interval }, context);
    return { ...c, timeout };
});
