import { type Memory, planValues, type Remembered, type ValuePlan, type ValueWrite } from './remembered.js';

/**
 * Switches of the kernel that a drain needs, below net.ipv4.vs (Documentation/networking/ipvs-sysctl.rst):
 * - `expire_nodest_conn` 1: a client that opens a connection from a source port that the kernel still remembers for a
 *   drained server gets another server (ip_vs_in(); on older kernels only where conn_reuse_mode is not 0); and a
 *   connection whose server left the table ends at its next packet instead of being dropped in silence.
 * - `expire_quiescent_template` 1: a persistent client is not led back to a drained server.
 * - `conn_reuse_mode` 1: with 0 a source port that is used again keeps its server while it is remembered.
 */
export const SWITCHES = ['conn_reuse_mode', 'expire_nodest_conn', 'expire_quiescent_template'] as const;

export type SwitchName = (typeof SWITCHES)[number];

/** What the switches should be; one that is left out is nobody's business here. */
export type SwitchValues = Readonly<Partial<Record<SwitchName, number>>>;

/** What they are; null is one that this kernel (or container) has not. */
export type SwitchReading = Readonly<Record<SwitchName, number | null>>;

/** What one was before us, and what we made of it: to be put back. */
export type RememberedSwitch = Remembered;
export type SwitchMemory = Memory<SwitchName>;
export type SwitchWrite = ValueWrite<SwitchName>;
export type SwitchPlan = ValuePlan<SwitchName>;

/** What brings the switches to what they should be; see {@link planValues}. */
export const planSwitches = (wanted: SwitchValues, actual: SwitchReading, memory: SwitchMemory): SwitchPlan =>
  planValues(SWITCHES, wanted, actual, memory);
