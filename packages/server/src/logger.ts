import { isKeyholdError } from '@keyhold/core';
import { destination, pino } from 'pino';
import type { Log } from './observability/log.ts';

/**
 * Every field that a log line may have, and nothing else is written: a key, a token or a header cannot slip into a line
 * through an object that happened to hold one. A field that is not here shows up by name under `omitted`.
 */
const FIELDS: ReadonlySet<string> = new Set([
  'begun',
  'changed_keyspaces',
  'code',
  'database',
  'data_directory',
  'environment',
  'gateways',
  'incarnation',
  'jump_ms',
  'keyspace',
  'method',
  'node',
  'node_version',
  'operation',
  'pid',
  'reason',
  'request_id',
  'requestId',
  'revision',
  'round',
  'seq',
  'signal',
  'status',
  'url',
  'version',
  'worker',
]);

/** JSON lines on standard error, one for each event, so that standard output is what the command was asked for. */
export function createLogger(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The error is safe already; pino's own serializer would write more of it.
      serializers: { err: (error: unknown) => error },
      formatters: { level: (label) => ({ level: label }), log: pickSafe },
    },
    // Written at once: a line about a crash has to be out before the process is gone.
    destination({ dest: 2, sync: true }),
  );
}

/** What may be written of a line's fields. */
export function pickSafe(fields: object): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  const omitted: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'err') safe[name] = toSafeError(value);
    else if (!FIELDS.has(name)) omitted.push(name);
    else if (isSafeValue(value)) safe[name] = value;
    else omitted.push(name);
  }
  return omitted.length === 0 ? safe : { ...safe, omitted };
}

/** Texts, numbers, and flat lists and maps of texts. */
function isSafeValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  return Object.values(value).every((inner) => typeof inner === 'string');
}

/** An error's own words and where it came from; not what else hangs on it, such as a request or its options. */
function toSafeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause === undefined ? {} : { cause: toSafeError(error.cause) };
  // A refusal explains itself; the stack is for what nobody foresaw.
  if (isKeyholdError(error)) return { code: error.code, message: error.message, ...cause };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: error.name, ...code, message: error.message, stack: error.stack, ...cause };
}
