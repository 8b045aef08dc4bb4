import { type Clock, KeyholdError, type Keyspace } from '@keyhold/core';
import type { Change, ChangePayload } from './change.ts';
import { Endings } from './endings.ts';
import { Examiner } from './examiner.ts';
import { Flights } from './flights.ts';
import { KeyPageReader } from './snapshot/key-page-reader.ts';
import { readTablePages, type TablePage } from './snapshot/table-pages.ts';
import { ReplicaTable } from './table/replica-table.ts';
import { createTableComparison, type Difference, type TableComparison } from './table/table-comparison.ts';
import type { AdmittedFlight, Flight, Subject } from './verification.ts';

/** The in-memory copy of the key table that one process verifies from. */
export interface Replica {
  /** The highest change applied; 0 before the first load. */
  readonly appliedSeq: number;
  readonly keyCount: number;
  /** False before the first `seal`, and from a change that could not be applied to the next one. */
  readonly ready: boolean;
  /** Empties the replica, to be loaded again. What is in flight stays, and is judged again by `seal`. */
  drop(): void;
  /** Fills an empty replica; `seal` makes it ready as of `seq`. */
  load(page: TablePage): void;
  seal(seq: number): void;
  /**
   * The table, page by page, to load another with. A page shows what the table holds when it is taken: the changes
   * applied since the first one have to be put there too, in their order among the pages.
   *
   * @param keyspaces whose keys and configuration it is of, and no operators; null: everything.
   */
  readPages(keyspaces: ReadonlySet<string> | null): Iterable<TablePage>;
  /**
   * Begins to compare the table with pages of what it should hold; the table may change meanwhile. `finish` answers null
   * when the table was dropped since.
   */
  compare(): Omit<TableComparison, 'finish'> & { finish(): readonly Difference[] | null };
  /**
   * Applies the next change and ends what is in flight for keys it denies.
   *
   * @returns a promise when something in flight has to end first; the change itself is in force when the call returns.
   * @throws {KeyholdError} `lease_lost` when `change.seq` is not `appliedSeq + 1`, its kind is not known, or it
   *   contradicts the table. The replica is then dropped: it has to be loaded again.
   */
  apply(change: Change): void | Promise<void>;
  /** Resolves when everything in flight that has been told to end has ended; undefined when it all has. */
  ended(): Promise<void> | undefined;
}

/** A replica with what the verifier of the same process needs of it. */
export interface LocalReplica extends Replica {
  /** Another one after each `drop`. */
  readonly examiner: Examiner;
  /** A keyspace of the configuration last served by, which stays while the replica is loaded again. */
  keyspace(id: string): Keyspace | undefined;
  admit(subject: Subject, flight: Flight): AdmittedFlight;
}

/**
 * Makes an empty replica.
 *
 * @param options.clock its wall clock decides on expiry; its timers end what is in flight when a key or a grace ends.
 * @param options.onEndFailure told what a flight's `end` threw or rejected with.
 */
export function createReplica(options: {
  readonly clock: Clock;
  readonly onEndFailure?: (error: unknown) => void;
}): LocalReplica {
  const { clock, onEndFailure = () => {} } = options;
  const endings = new Endings(onEndFailure);
  let examiner = new Examiner(new ReplicaTable(), clock);
  const flights = new Flights(() => examiner, clock, endings);
  let served = examiner.table.keyspaces;
  let appliedSeq = 0;
  let ready = false;

  function drop(): void {
    if (ready) flights.detach();
    ready = false;
    appliedSeq = 0;
    examiner = new Examiner(new ReplicaTable(), clock);
  }

  /** @returns what judges the flights that the change may concern. */
  function put(payload: ChangePayload): () => void {
    const { table } = examiner;
    switch (payload.kind) {
      case 'keys': {
        const keys = payload.keys.map((key) => table.putKey(key));
        return () => flights.judgeKeys(keys);
      }
      case 'organization': {
        const organization = table.putOrganization(payload.organization);
        return () => flights.judgeOrganization(organization);
      }
      case 'operator': {
        table.putOperator(payload.operator);
        const key = table.putKey(payload.key);
        return () => flights.judgeKeys([key]);
      }
      case 'configuration':
        table.putConfiguration(payload.keyspaces);
        return () => flights.judgeAll();
      default:
        throw unknownKind(payload satisfies never);
    }
  }

  return {
    get appliedSeq() {
      return appliedSeq;
    },
    get keyCount() {
      return examiner.table.keys.count;
    },
    get ready() {
      return ready;
    },
    get examiner() {
      return examiner;
    },
    keyspace: (id) => served.find(id)?.keyspace ?? undefined,
    drop,
    load(page) {
      const { table } = examiner;
      switch (page.kind) {
        case 'configuration':
          table.putConfiguration(page.keyspaces);
          break;
        case 'organizations':
          for (const organization of page.organizations) table.putOrganization(organization);
          break;
        case 'operators':
          for (const operator of page.operators) table.putOperator(operator);
          break;
        case 'keys':
          for (const key of page.keys) table.putKey(key);
          break;
        case 'key_page':
          table.putKeyPage(new KeyPageReader(page.bytes));
          break;
        default:
          throw unknownKind(page satisfies never);
      }
    },
    seal(seq) {
      served = examiner.table.keyspaces;
      appliedSeq = seq;
      ready = true;
      flights.attach();
    },
    compare() {
      const { table } = examiner;
      const comparison = createTableComparison(table);
      return {
        take: (page) => comparison.take(page),
        finish: () => (ready && examiner.table === table ? comparison.finish() : null),
      };
    },
    readPages: (keyspaces) => readTablePages(examiner.table, keyspaces),
    apply(change) {
      let judgeFlights: () => void;
      try {
        if (!ready) throw new Error('The replica is not loaded.');
        if (change.seq !== appliedSeq + 1)
          throw new Error(`Change ${change.seq} follows change ${appliedSeq}.`);
        judgeFlights = put(change.payload);
      } catch (cause) {
        drop();
        throw new KeyholdError(
          'lease_lost',
          `Change ${change.seq} could not be applied; the key table has to be loaded again.`,
          { cause },
        );
      }
      appliedSeq = change.seq;
      judgeFlights();
      return endings.over();
    },
    ended: () => endings.over(),
    admit: (subject, flight) => flights.admit(subject, flight),
  };
}

function unknownKind(page: { readonly kind: string }): Error {
  return new Error(`This version does not know the kind "${page.kind}".`);
}
