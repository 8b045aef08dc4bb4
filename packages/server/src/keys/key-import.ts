import { digestKey, type FieldError, type Keyspace, type Planned, planIssue } from '@keyhold/core';
import type { NewKey } from '@keyhold/store';
import { type KeyFields, toIssueRequest } from './key-requests.ts';

/** One row of an import as it comes over the wire: a key made elsewhere, as text or as its SHA-256. */
export interface ImportRequest extends KeyFields {
  readonly organization: string;
  readonly key?: string | undefined;
  readonly sha256?: string | undefined;
  readonly entropy_bits?: number | undefined;
  readonly masked_key?: string | undefined;
}

/** NIST SP 800-63B: a plain hash is enough for secrets of at least 112 bits. */
const MIN_ENTROPY_BITS = 112;
/** What lists show for a key of which only the digest is known. */
const UNKNOWN_MASK = '(imported)';

/** Checks one row; the environment is read from the key where its format carries one. */
export function planImportRow(
  keyspace: Keyspace,
  row: ImportRequest,
  nowMs: number,
): Planned<Omit<NewKey, 'id'>> {
  const fields: FieldError[] = [];
  const found = readSecret(keyspace, row, fields);
  if (found.environment !== null && row.environment !== undefined && row.environment !== found.environment) {
    fields.push({
      pointer: '/environment',
      message: `The key itself says "${found.environment}"; send that or leave it out.`,
    });
  }
  const environment = found.environment ?? row.environment;
  const planned = planIssue(keyspace, toIssueRequest({ ...row, environment }), nowMs);
  if (!planned.ok) fields.push(...planned.fields);
  if (!planned.ok || fields.length > 0) return { ok: false, fields };
  const { digest, masked } = found;
  return {
    ok: true,
    plan: {
      ...planned.plan,
      keyspace: keyspace.id,
      organization: row.organization,
      secret: {
        digest,
        maskedKey: masked?.(planned.plan.environment) ?? row.masked_key ?? UNKNOWN_MASK,
      },
    },
  };
}

interface FoundSecret {
  readonly digest: string;
  /** What lists show of it; null when only its digest is known. */
  readonly masked: ((environment: string | null) => string) | null;
  readonly environment: string | null;
}

const NOT_FOUND: FoundSecret = { digest: '', masked: null, environment: null };

function readSecret(keyspace: Keyspace, row: ImportRequest, fields: FieldError[]): FoundSecret {
  if ((row.key === undefined) === (row.sha256 === undefined)) {
    fields.push({ pointer: '/key', message: 'Send the key either as "key" or as "sha256".' });
    return NOT_FOUND;
  }
  return row.key === undefined
    ? readDigest(keyspace, row, fields)
    : readPlainText(keyspace, row, row.key, fields);
}

function readPlainText(
  keyspace: Keyspace,
  row: ImportRequest,
  presentedKey: string,
  fields: FieldError[],
): FoundSecret {
  for (const name of ['entropy_bits', 'masked_key'] as const) {
    if (row[name] !== undefined)
      fields.push({ pointer: `/${name}`, message: 'belongs to "sha256"; leave it out.' });
  }
  const recognised = recognise(keyspace, presentedKey);
  if (recognised === null) {
    fields.push({ pointer: '/key', message: `The key has no format of the keyspace "${keyspace.id}".` });
    return NOT_FOUND;
  }
  return {
    digest: digestKey(presentedKey).toString('hex'),
    masked: (environment) => keyspace.maskOf(recognised.format).mask(presentedKey, environment),
    environment: recognised.environment,
  };
}

function readDigest(keyspace: Keyspace, row: ImportRequest, fields: FieldError[]): FoundSecret {
  const digest = parseSha256(row.sha256 ?? '');
  if (digest === null) {
    fields.push({ pointer: '/sha256', message: 'must be 32 bytes as 64 hex digits or as base64' });
  }
  if (row.entropy_bits === undefined || row.entropy_bits < MIN_ENTROPY_BITS) {
    fields.push({
      pointer: '/entropy_bits',
      message: `must be at least ${MIN_ENTROPY_BITS}: a key with less randomness can be guessed from its digest`,
    });
  }
  const masked = row.masked_key;
  if (
    masked !== undefined &&
    (!/^[\x20-\x7e…•]{1,64}$/.test(masked) || recognise(keyspace, masked) !== null)
  ) {
    fields.push({
      pointer: '/masked_key',
      message: 'must be 1 to 64 visible characters, and never the key itself',
    });
  }
  return { ...NOT_FOUND, digest: digest ?? '' };
}

function recognise(keyspace: Keyspace, presentedKey: string) {
  for (const format of keyspace.recognisedFormats) {
    const recognised = format.recognise(presentedKey);
    if (recognised !== null) return { format, environment: recognised.environment };
  }
  return null;
}

/** @returns lower-case hex, or null. */
function parseSha256(text: string): string | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  return Buffer.from(text, 'base64').toString('hex');
}
