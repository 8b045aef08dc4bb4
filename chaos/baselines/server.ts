import cluster from 'node:cluster';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Pool } from 'pg';

/** Whether keys are valid, in one worker process of one of the usual designs. */
export interface KeyLookup {
  /** @param lookup the digest of the presented key, in hex. */
  isValid(lookup: string): Promise<boolean>;
  /** After the revocation is committed and before the call that asked for it returns. */
  onRevoked(lookup: string): Promise<void>;
}

export interface LookupSources {
  /** Reads the key's row. */
  readRow(lookup: string): Promise<boolean>;
  /** Of the cache that all nodes share, where the design has one. */
  readonly cachePort: number;
}

const CONNECTIONS = 8;

/** The last page of a list is shorter. */
const PAGE_ROWS = 100;

/**
 * Runs a server that makes, verifies and revokes keys by the same calls as Keyhold, with the same number of processes on the
 * same PostgreSQL, so that only the design differs.
 */
export async function serveBaseline(
  createLookup: (sources: LookupSources) => Promise<KeyLookup>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      workers: { type: 'string' },
      'companion-port': { type: 'string' },
    },
    // The other flags are Keyhold's.
    strict: false,
  });
  const pool = new Pool({ connectionString: String(values['database']), max: CONNECTIONS });
  // The next query says so, too.
  pool.on('error', () => {});
  if (cluster.isPrimary) {
    await pool.query(
      `CREATE TABLE IF NOT EXISTS baseline_key (
         number bigserial PRIMARY KEY, lookup text UNIQUE NOT NULL, revoked boolean NOT NULL DEFAULT false)`,
    );
    await pool.end();
    await startWorkers(Number(values['workers']));
    return;
  }
  const lookup = await createLookup({
    cachePort: Number(values['companion-port']),
    async readRow(digest) {
      const { rows } = await pool.query('SELECT revoked FROM baseline_key WHERE lookup = $1', [digest]);
      return rows[0]?.revoked === false;
    },
  });
  const server = createServer((request, response) => {
    answer(request, pool, lookup).then(
      ({ status, body }) => write(response, status, body),
      () => write(response, 503, {}),
    );
  });
  server.listen(0, '127.0.0.1');
}

/** A worker that dies is not replaced: nobody kills one here alone. */
async function startWorkers(count: number): Promise<void> {
  const workers = Array.from({ length: count }, () => cluster.fork());
  const addresses: AddressInfo[][] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  process.stdout.write('export KEYHOLD_OPERATOR_TOKEN=baseline\n');
  const url = `http://127.0.0.1:${addresses[0]?.[0]?.port}`;
  process.stderr.write(`${JSON.stringify({ msg: 'Ready.', url, gateways: {} })}\n`);
}

async function answer(
  request: IncomingMessage,
  pool: Pool,
  lookup: KeyLookup,
): Promise<{ readonly status: number; readonly body: object }> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://baseline');
  if (request.method === 'GET') {
    if (pathname === '/readyz') return { status: 200, body: {} };
    return { status: 200, body: await listKeys(pool, Number(searchParams.get('cursor') ?? 0)) };
  }
  const body = (await json(request)) as { readonly key?: string };
  if (pathname === '/v1/verify') {
    return { status: 200, body: { valid: await lookup.isValid(digest(body.key ?? '')) } };
  }
  if (pathname === '/v1/organizations') return { status: 201, body: {} };
  if (pathname === '/v1/keys') {
    const key = randomBytes(16).toString('hex');
    const { rows } = await pool.query('INSERT INTO baseline_key (lookup) VALUES ($1) RETURNING number', [
      digest(key),
    ]);
    return { status: 201, body: { id: rows[0].number, key } };
  }
  const { rows } = await pool.query(
    'UPDATE baseline_key SET revoked = true WHERE number = $1 RETURNING lookup',
    [pathname.split('/')[3]],
  );
  await lookup.onRevoked(rows[0].lookup);
  return { status: 200, body: {} };
}

async function listKeys(pool: Pool, after: number): Promise<object> {
  const { rows } = await pool.query(
    'SELECT number, revoked FROM baseline_key WHERE number > $1 ORDER BY number LIMIT $2',
    [after, PAGE_ROWS],
  );
  return {
    data: rows.map(({ number, revoked }) => ({ id: number, state: revoked ? 'revoked' : 'active' })),
    next_cursor: rows.length < PAGE_ROWS ? null : rows.at(-1).number,
  };
}

function digest(presentedKey: string): string {
  return createHash('sha256').update(presentedKey).digest('hex');
}

function write(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
