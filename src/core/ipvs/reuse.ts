import { type ActualServer, type ActualService, type Stats, sameServer, sameService } from './table.js';

/**
 * A service as it was just read, made of the records of the reading before as far as they say the same. Ten thousand rows
 * that are read again and again mostly do: what replaces nothing is gone at once, and memory stays as it is.
 */
export function reuse(before: ActualService | null | undefined, found: ActualService): ActualService {
  if (!before) return found;
  const last = found.servers.length - 1;
  const servers = found.servers.map((row, i) => {
    // What we have added in the order of the file the kernel lists the other way round.
    const was = [before.servers[i], before.servers[last - i]].find((each) => each !== undefined && sameRow(each, row));
    return was ?? row;
  });
  const same =
    servers.length === before.servers.length &&
    servers.every((row, i) => row === before.servers[i]) &&
    sameService(before.settings, found.settings) &&
    before.settings.granularity === found.settings.granularity &&
    before.irregular === found.irregular &&
    sameStats(before.stats, found.stats);
  return same ? before : { ...found, servers };
}

const sameRow = (a: ActualServer, b: ActualServer): boolean =>
  a.key.address === b.key.address &&
  a.key.port === b.key.port &&
  sameServer(a, b) &&
  a.activeConnections === b.activeConnections &&
  a.inactiveConnections === b.inactiveConnections &&
  a.persistentConnections === b.persistentConnections &&
  a.irregular === b.irregular &&
  sameStats(a.stats, b.stats);

const sameStats = (a: Stats, b: Stats): boolean =>
  a === b ||
  (a.connections === b.connections &&
    a.inPackets === b.inPackets &&
    a.outPackets === b.outPackets &&
    a.inBytes === b.inBytes &&
    a.outBytes === b.outBytes &&
    a.connectionRate === b.connectionRate &&
    a.inPacketRate === b.inPacketRate &&
    a.outPacketRate === b.outPacketRate &&
    a.inByteRate === b.inByteRate &&
    a.outByteRate === b.outByteRate);
