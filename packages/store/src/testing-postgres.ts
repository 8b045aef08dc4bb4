import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** `fast` ends sessions and writes everything out; `immediate` is a crash, recovered from at the next start. */
export type ShutdownMode = 'fast' | 'immediate';

/** A PostgreSQL server of a test's own, on a port of 127.0.0.1 that stays the same over restarts. */
export interface PostgresCluster {
  readonly port: number;
  /** Its user is a superuser and needs no password. Default: the database `postgres`. */
  connectionString(database?: string): string;
  /** Makes an empty database, or a copy of one that nobody is connected to. @returns its connection string. */
  createDatabase(options?: { readonly template?: string }): Promise<string>;
  /** Ends the server and keeps its files. */
  stop(mode: ShutdownMode): Promise<void>;
  /**
   * Starts it again; resolves when it takes connections.
   *
   * @param options.standby true: it takes no writes until `SELECT pg_promote()`, which makes it a primary on another timeline,
   *   as a failover does.
   */
  start(options?: { readonly standby: boolean }): Promise<void>;
  /** Stops it for good and removes its files. */
  close(): Promise<void>;
}

export interface PostgresClusterOptions {
  /** Whether commits reach the disk, as they do in production; for what is measured. Default: they do not. */
  readonly durable?: boolean;
  /** Further settings of postgresql.conf by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

const USER = 'keyhold_test';

const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

const run = promisify(execFile);

/** Why a suite that needs PostgreSQL is left out; null: it is here. Throws it where every part must be there. */
export function reasonToLeaveOutPostgres(): string | null {
  if (findPrograms() !== null) return null;
  const reason =
    'PostgreSQL is not installed here; add it with: apt-get install --no-install-recommends postgresql';
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

/**
 * Makes a cluster in a directory of its own and starts it. It ends with this process at the latest.
 *
 * @throws when PostgreSQL is not installed; ask {@link reasonToLeaveOutPostgres} first.
 */
export async function startPostgresCluster(options: PostgresClusterOptions = {}): Promise<PostgresCluster> {
  const programs = findPrograms();
  if (programs === null) throw new Error('PostgreSQL is not installed here.');
  const owner = ownerOfCluster();
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-postgres-'));
  if (owner !== null) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  const initdb = ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
  await run(join(programs, 'initdb'), initdb, { cwd: directory, ...owner });

  const settings = { ...(options.durable !== true && NOT_DURABLE), ...options.settings };
  let server: ChildProcess | null = null;
  let databases = 0;

  /** @returns false when the port is taken. @throws when the server ends for any other reason. */
  async function startOn(port: number): Promise<boolean> {
    const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(
      join(programs ?? '', 'postgres'),
      ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, ...parameters],
      { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], env: { LC_ALL: 'C' }, ...owner },
    );
    const killAtExit = () => void child.kill('SIGQUIT');
    process.once('exit', killAtExit);
    child.once('exit', () => process.off('exit', killAtExit));
    let output = '';
    const { promise: ready, resolve } = Promise.withResolvers<boolean>();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // What it says while it serves is kept too, but no more than a person would read.
      output = (output + text).slice(-10_000);
      if (/database system is ready to accept (read-only )?connections/.test(output)) resolve(true);
    });
    child.once('close', () => resolve(false));
    if (await ready) {
      server = child;
      return true;
    }
    if (output.includes('Address already in use')) return false;
    throw new Error(`PostgreSQL did not start:\n${output}`);
  }

  async function stop(mode: ShutdownMode): Promise<void> {
    const stopping = server;
    server = null;
    if (stopping === null) return;
    const exited = once(stopping, 'exit');
    stopping.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  }

  // Below the ports that the system gives to connections, so that nobody takes it while the server is down.
  let port = randomInt(20_000, 32_000);
  while (!(await startOn(port))) port = randomInt(20_000, 32_000);

  function connectionString(database = 'postgres'): string {
    return `postgres://${USER}@127.0.0.1:${port}/${database}`;
  }

  return {
    port,
    connectionString,
    async createDatabase({ template = 'template0' } = {}) {
      const name = `keyhold_${++databases}`;
      const client = new Client({ connectionString: connectionString() });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      } finally {
        await client.end();
      }
      return connectionString(name);
    },
    stop,
    async start({ standby } = { standby: false }) {
      if (server !== null) return;
      if (standby) writeFileSync(join(data, 'standby.signal'), '');
      if (!(await startOn(port))) throw new Error(`Port ${port} is taken.`);
    },
    async close() {
      await stop('immediate');
      rmSync(directory, { recursive: true });
    },
  };
}

/** The folder of the newest PostgreSQL here. Debian keeps its programs where no path leads. */
function findPrograms(): string | null {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => byVersion(b, a)),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** PostgreSQL refuses to run as root: then it gets the unprivileged user that every system has. */
function ownerOfCluster(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (nobody === null) throw new Error('There is no user "nobody" to run PostgreSQL as.');
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) };
}
