/** What a watch on processes tells. */
export interface ProcessListener {
  /** How many live of each name that was asked for: once after the first look, then after each change. */
  counted(counts: readonly number[]): void;
  /** The kernel does not tell of processes here, so starts are looked for each second; said once. */
  polls(why: string): void;
}

/** The processes of this host. */
export interface Processes {
  /**
   * @param wanted names, or absolute paths of programs.
   * @returns what ends it.
   */
  watch(wanted: readonly string[], listener: ProcessListener): { close(): void };
}
