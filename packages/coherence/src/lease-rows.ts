/** One row of the table of leases: one incarnation of one node. */
export interface LeaseRow {
  /** A UUID, new for each start and after each fencing: a row is never taken over. */
  readonly incarnation: string;
  /** The node's name, for people. */
  readonly node: string;
  /** Counts the renewals; the first is 1. */
  readonly round: number;
  /** Every change up to this seq is applied by the node and by whoever answers under its lease. */
  readonly ackedSeq: number;
  /** How long the lease can last from the moment a renewal is sent. */
  readonly ttlMs: number;
  readonly protocolVersion: number;
}

/** The head of the change log, as of one committed transaction. */
export interface Head {
  readonly seq: number;
  /** The store's own clock, in ms since the epoch. */
  readonly storeNowMs: number;
  /** Which history the log is of: the server's identity and timeline. With another value everything is loaded anew. */
  readonly lineage: string;
}

/** What another node did. */
export type Hint =
  /** It committed a change; the head of the log is now at `seq`, or at 0: that was not said. */
  | { readonly kind: 'committed'; readonly seq: number }
  /** It has written that its row acknowledges the changes up to `seq`. */
  | { readonly kind: 'acknowledged'; readonly incarnation: string; readonly seq: number }
  /** Nobody listened for a while: anything may have been told. */
  | { readonly kind: 'missed' };

/**
 * What the lease protocol needs of the store that the nodes share. Written here, implemented by a store.
 *
 * Each method is one committed transaction of its own, as durable as a write of a key but for `acknowledge`, on a
 * connection that nothing else uses. Each settles within a third of a lease's ttl, whatever the network does; what is cut
 * off may still take effect later, or never.
 *
 * @throws {KeyholdError} every method: `store_unavailable`, also when the server cannot be written to (in recovery).
 */
export interface LeaseRows {
  /**
   * Writes round, acked seq, ttl and version; round 1 inserts the row, every later one only updates it. `round` and
   * `ackedSeq` never go down, also when calls overtake each other.
   *
   * @returns `fenced` when the row is gone.
   */
  renew(row: LeaseRow): Promise<'renewed' | 'fenced'>;
  /** Reads the head in a transaction that begins after the call: what was committed before is in it. */
  readHead(): Promise<Head>;
  /**
   * Raises the row's acked seq. It may be lost when the store crashes: whoever needs it then waits for the next renewal,
   * which says it again. @returns `fenced` when the row is gone.
   */
  acknowledge(incarnation: string, ackedSeq: number): Promise<'acknowledged' | 'fenced'>;
  /** All rows, on the primary, in a transaction that begins after the call. */
  readRows(): Promise<readonly LeaseRow[]>;
  /** Deletes the row if it is still at `round`. @returns whether it did. */
  fence(incarnation: string, round: number): Promise<boolean>;
  /** Deletes the row; it may be gone already. */
  remove(incarnation: string): Promise<void>;
  /**
   * Listens to what the store tells every node but the one that did it, as soon as it holds: that looking is worth while.
   * It may be lost, late or repeated; only latency rests on it. @returns a function that ends the listening.
   */
  onHint(listener: (hint: Hint) => void): () => void;
}
