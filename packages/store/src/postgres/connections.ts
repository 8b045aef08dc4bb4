import { type ClientConfig, DatabaseError, Pool, type QueryResult, types } from 'pg';
import { connectionError } from './errors.ts';

/** How long an answer is waited for before the connection is given up. What is asked takes milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** For a server that cannot be reached, and for a connection when all are in use. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Where the server warns that hints are not read somewhere (`async.c`), by a name that no language changes. It says nothing of
 * the statement that it comes with.
 */
const NOTIFY_QUEUE_FILLS = 'asyncQueueFillWarning';

/** A statement; without values it may be several. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Prepared under this name; the same text each time. */
  readonly name?: string;
  /** Null: however long it takes. Default: 10 s. */
  readonly timeoutMs?: number | null;
}

/** One connection while nothing else uses it. */
export interface Session {
  /**
   * Answers with the result of the last statement.
   *
   * @throws {DatabaseError} what the server refused. {KeyholdError} `store_unavailable`: no answer came, and the connection
   *   is given up.
   */
  query(statement: Statement): Promise<QueryResult>;
  /** As `query`, for several statements: answers with the result of each. */
  queryEach(statement: Statement): Promise<readonly QueryResult[]>;
  /** What the server remarked about the statements since this was last called; a warning at a commit means something. */
  takeWarnings(): readonly string[];
}

/** Connections that are made when they are needed, and anew when the server was away. */
export interface Connections {
  /**
   * Runs `work` on a connection of its own. It is not used again when it was lost, or is left inside a transaction.
   *
   * @throws {KeyholdError} `store_unavailable` when there is none to be had, and what `work` throws.
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Waits for what is under way, then ends the connections. */
  close(): Promise<void>;
}

/** What a server remarks, as far as it is looked at. */
interface Notice {
  readonly severity?: string | undefined;
  /** The function of the server that remarks it. */
  readonly routine?: string | undefined;
  readonly message?: string | undefined;
}

/** What every connection is made with. Nothing in it that a connection pooler would refuse. */
export function toClientConfig(connectionString: string): ClientConfig {
  return {
    connectionString,
    application_name: 'keyhold',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
}

/** @param config.connectionTimeoutMillis how long `use` waits for a connection; default 5 s. */
export function createConnections(config: ClientConfig, count: number): Connections {
  // What is asked without waiting for the answer before travels with it.
  const pool = new Pool({ ...config, pipeline: true, max: count, idleTimeoutMillis: 0 });
  // Every number that is kept is a whole one below 2^53: instants, seqs, positions, counts.
  pool.on('connect', (client) => client.setTypeParser(types.builtins.INT8, Number));
  // An idle connection that the server ends leaves the pool by itself.
  pool.on('error', () => {});

  return {
    async use(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw connectionError(error);
      });
      let lost = false;
      let warnings: string[] = [];
      const onError = () => {
        lost = true;
      };
      const onNotice = ({ severity, routine, message }: Notice) => {
        if (severity === 'WARNING' && routine !== NOTIFY_QUEUE_FILLS) warnings.push(message ?? '');
      };
      client.on('error', onError).on('notice', onNotice);
      const queryEach = async ({ text, values, name, timeoutMs = ANSWER_TIMEOUT_MS }: Statement) => {
        const query = {
          text,
          ...(values !== undefined && { values: [...values] }),
          ...(name !== undefined && { name }),
          ...(timeoutMs !== null && { query_timeout: timeoutMs }),
        };
        try {
          // Several statements answer with a list, which the types do not know.
          const answer: QueryResult | readonly QueryResult[] = await client.query(query);
          return Array.isArray(answer) ? answer : [answer];
        } catch (error) {
          if (error instanceof DatabaseError) throw error;
          lost = true;
          throw connectionError(error);
        }
      };
      try {
        return await work({
          queryEach,
          query: async (statement) => (await queryEach(statement)).at(-1),
          takeWarnings() {
            const taken = warnings;
            warnings = [];
            return taken;
          },
        });
      } finally {
        client.off('error', onError).off('notice', onNotice);
        client.release(lost || client.getTransactionStatus() !== 'I');
      }
    },
    close: () => pool.end(),
  };
}
