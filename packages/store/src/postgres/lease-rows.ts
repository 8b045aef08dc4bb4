import type { Head, LeaseRow, LeaseRows } from '@keyhold/coherence';
import { type Clock, KeyholdError } from '@keyhold/core';
import { escapeLiteral } from 'pg';
import { createConnections, type Session, toClientConfig } from './connections.ts';
import { toStoreError } from './errors.ts';
import { createHints, tellAcknowledged } from './hints.ts';
import { DURABLE, NOW_MS } from './transactions.ts';

/** The rows of the leases, until the node that has them is done. */
export interface PostgresLeaseRows extends LeaseRows {
  close(): Promise<void>;
}

export interface PostgresLeaseRowsOptions {
  /** The store's own; {@link openPostgresStore} has made the table. */
  readonly connectionString: string;
  /** As the store's: this process among those that share the database. */
  readonly sender: string;
  readonly clock: Clock;
  /** How long a lease lasts. No call takes longer than a third of it. */
  readonly ttlMs: number;
}

/**
 * Of an acknowledgement, so that a write does not wait for the disk of one more transaction. One that the server loses in
 * a crash was true all the same: who read it confirmed rightly, and who reads the older one waits for the next renewal.
 */
const NOT_WAITED_FOR = 'SET LOCAL synchronous_commit = off';

/** Two, so that a renewal does not wait for an answer that a write waits for. */
const CONNECTIONS = 2;

/**
 * Says which history the log is of: the cluster, the database in it, and the timeline, which a promoted standby and a
 * restored backup change. Fails on a standby.
 */
const LINEAGE = `(SELECT oid FROM pg_database WHERE datname = current_database())
    || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)`;

const SYSTEM_IDENTIFIER = `(SELECT system_identifier FROM pg_control_system())`;

/**
 * The leases of a PostgreSQL store, on connections that nothing else uses. They are made when they are needed, and anew
 * after a failure.
 *
 * Each call is one message to the server: a call that is cut off leaves no transaction open there, and a pooler can hand
 * each to any connection.
 */
export function createPostgresLeaseRows(options: PostgresLeaseRowsOptions): PostgresLeaseRows {
  const { connectionString, sender, clock, ttlMs } = options;
  const timeoutMs = Math.floor(ttlMs / 3);
  const config = { ...toClientConfig(connectionString), connectionTimeoutMillis: timeoutMs };
  const connections = createConnections(config, CONNECTIONS);
  const hints = createHints({ connectionString, sender, clock });
  /** Some hosters let nobody ask for it. Null until the first call. */
  let identifier: string | null = null;

  /** @throws {KeyholdError} `store_unavailable` once the time is up, whatever the network does. */
  async function use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = clock.setTimer(timeoutMs, () =>
      late.reject(
        new KeyholdError('store_unavailable', `The database did not answer within ${timeoutMs} ms.`),
      ),
    );
    try {
      return await Promise.race([connections.use(work), late.promise]);
    } catch (error) {
      throw toStoreError(error);
    } finally {
      cancel();
    }
  }

  /** Commits one statement, as durably as a revocation is unless told otherwise. @returns how many rows it wrote. */
  async function write(statement: string, durability = DURABLE): Promise<number> {
    return await use((session) => writeOn(session, statement, durability));
  }

  async function writeOn(session: Session, statement: string, durability: string): Promise<number> {
    session.takeWarnings();
    const results = await session.queryEach({
      text: [
        'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
        durability,
        `SET LOCAL statement_timeout = ${timeoutMs}`,
        statement,
        // A wait for standbys that the server gives up would look like success.
        'SET LOCAL statement_timeout = 0',
        'COMMIT',
      ].join('; '),
      timeoutMs,
    });
    const [warning] = session.takeWarnings();
    if (warning !== undefined) throw new KeyholdError('store_unavailable', warning);
    return results[3]?.rowCount ?? 0;
  }

  async function read(text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return await use(async (session) => (await session.query({ text, timeoutMs })).rows);
  }

  async function identifierSql(): Promise<string> {
    if (identifier === null) {
      const [row] = await read(`SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS granted`);
      identifier = row?.['granted'] === true ? SYSTEM_IDENTIFIER : `'unknown'`;
    }
    return identifier;
  }

  return {
    async renew(row) {
      const written = await write(row.round === 1 ? insertion(row) : renewal(row));
      return written === 1 ? 'renewed' : 'fenced';
    },
    async readHead() {
      const [row] = await read(
        `SELECT seq, ${NOW_MS}, ${await identifierSql()} || '/' || ${LINEAGE} AS lineage FROM head`,
      );
      return toHead(row);
    },
    async acknowledge(incarnation, ackedSeq) {
      const statement = `UPDATE lease SET acked_seq = greatest(acked_seq, ${int(ackedSeq)}) WHERE ${is(incarnation)}`;
      const written = await use(async (session) => {
        const writing = writeOn(session, statement, NOT_WAITED_FOR);
        const telling = tellAcknowledged(session, sender, { incarnation, seq: ackedSeq });
        try {
          return await writing;
        } finally {
          await telling;
        }
      });
      return written === 1 ? 'acknowledged' : 'fenced';
    },
    async readRows() {
      // Its second statement fails on a standby, whose rows may be old.
      const rows = await read(
        `SELECT pg_current_wal_insert_lsn(); SELECT incarnation, node, round, acked_seq, ttl_ms, protocol_version FROM lease`,
      );
      return rows.map(toLeaseRow);
    },
    async fence(incarnation, round) {
      return (await write(`DELETE FROM lease WHERE ${is(incarnation)} AND round = ${int(round)}`)) === 1;
    },
    async remove(incarnation) {
      await write(`DELETE FROM lease WHERE ${is(incarnation)}`);
    },
    onHint: (listener) => hints.onHint(listener),
    async close() {
      await Promise.all([connections.close(), hints.close()]);
    },
  };
}

/** Also when the first renewal is repeated, or comes after a later one. */
function insertion({ incarnation, node, round, ackedSeq, ttlMs, protocolVersion }: LeaseRow): string {
  return `
    INSERT INTO lease (incarnation, node, round, acked_seq, ttl_ms, protocol_version)
    VALUES (${escapeLiteral(incarnation)}, ${escapeLiteral(node)}, ${int(round)}, ${int(ackedSeq)}, ${int(ttlMs)},
      ${int(protocolVersion)})
    ON CONFLICT (incarnation) DO UPDATE SET round = greatest(lease.round, excluded.round),
      acked_seq = greatest(lease.acked_seq, excluded.acked_seq)`;
}

function renewal({ incarnation, round, ackedSeq, ttlMs, protocolVersion }: LeaseRow): string {
  return `
    UPDATE lease SET round = greatest(round, ${int(round)}), acked_seq = greatest(acked_seq, ${int(ackedSeq)}),
      ttl_ms = ${int(ttlMs)}, protocol_version = ${int(protocolVersion)}
    WHERE ${is(incarnation)}`;
}

function is(incarnation: string): string {
  return `incarnation = ${escapeLiteral(incarnation)}`;
}

/** Several statements in one message take no parameters. */
function int(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no whole number.`);
  return String(value);
}

function toHead(row: Readonly<Record<string, unknown>> | undefined): Head {
  return {
    seq: Number(row?.['seq']),
    storeNowMs: Number(row?.['now_ms']),
    lineage: String(row?.['lineage']),
  };
}

function toLeaseRow(row: Readonly<Record<string, unknown>>): LeaseRow {
  return {
    incarnation: String(row['incarnation']),
    node: String(row['node']),
    round: Number(row['round']),
    ackedSeq: Number(row['acked_seq']),
    ttlMs: Number(row['ttl_ms']),
    protocolVersion: Number(row['protocol_version']),
  };
}
