/** What every mutation of the store answers with. */
export interface Committed {
  /** The highest of the mutation's own seq, its row's and its organization's: what the barrier has to reach. */
  readonly seq: number;
}

/** The process that owns the store connection: it writes, then makes sure that the write holds everywhere. */
export interface Authority {
  /** Loads the replica from the store's snapshot. Call once, before serving. */
  start(): Promise<void>;
  /**
   * Runs one mutation of the store, applies the log up to its seq in order, ends the requests in flight that it denies,
   * and waits for the barrier. When the promise resolves, the mutation holds in every process.
   *
   * @throws {KeyholdError} whatever the mutation refuses with; `revocation_pending` (with `seq`) when it is committed but
   *   not confirmed everywhere: repeating the call completes it.
   */
  commit<T extends Committed>(mutate: () => Promise<T>): Promise<T>;
}
