import type { ServerStatus, ServiceStatus } from '../core/status.js';
import type { Cell, Style } from './table.js';

/** What the head of a service says of its quorum, its sorry server and the instance that it waits for. */
export function policyParts({ quorum, sorryServer, onlyWhileMaster }: ServiceStatus, style: Style): Cell[] {
  const parts: Cell[] = [];
  // A quorum of 1 is what up and down say already.
  if (quorum !== undefined && quorum.needed + quorum.hysteresis > 1) {
    const short = quorum.weight < quorum.needed;
    const text = `weight ${quorum.weight} of ${quorum.needed}${quorum.hysteresis === 0 ? '' : `±${quorum.hysteresis}`}`;
    parts.push(short ? { text, paint: style.warn } : { text });
  }
  if (sorryServer?.inUse === true) parts.push({ text: `SORRY ${sorryServer.address}`, paint: style.bad });
  if (onlyWhileMaster?.inTable === false) parts.push({ text: `waits for ${onlyWhileMaster.instance}` });
  return parts;
}

/** `slow start 37 %`, or nothing. */
export const slowStartNote = ({ slowStart }: ServerStatus): string =>
  slowStart === undefined ? '' : `slow start ${Math.round(100 * slowStart)} %`;
