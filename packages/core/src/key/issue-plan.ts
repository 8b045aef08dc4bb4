import type { FieldError } from '../errors.ts';
import { checkCidr } from '../http/address-ranges.ts';
import type { JsonObject } from '../json.ts';
import type { Keyspace } from '../keyspace.ts';
import { checkName } from '../names.ts';
import { formatInstant, MAX_INSTANT_MS } from '../time/instant.ts';
import { checkMetadata } from './metadata.ts';

/** What a caller asks for when a key is issued. The types are checked before; the values are checked here. */
export interface IssueRequest {
  readonly name: string;
  readonly environment?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Ms since the epoch; null or left out: the key does not expire. */
  readonly expiresAtMs?: number | null | undefined;
  readonly allowedCidrs?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** What a key is issued with: everything filled in, in canonical form. */
export interface IssuePlan {
  /** NFC, without blanks at its ends. */
  readonly name: string;
  /** Null where the keyspace has no environments. */
  readonly environment: string | null;
  /** In the keyspace's order, no duplicates; empty where it has no scopes. */
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  /** Canonical spellings, no duplicates. */
  readonly allowedCidrs: readonly string[];
  readonly metadata: JsonObject;
}

/** What a caller asks to change. Fields left out stay as they are; an `expiresAtMs` of null takes the expiry away. */
export type PatchRequest = {
  readonly [Field in Exclude<keyof IssueRequest, 'environment'>]?: IssueRequest[Field] | undefined;
};

/** The fields to write, in canonical form. Those left out stay as they are. */
export type PatchPlan = Partial<Omit<IssuePlan, 'environment'>>;

/** A plan, or every field at fault. */
export type Planned<Plan> =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly fields: readonly FieldError[] };

const MAX_CIDRS = 64;

/**
 * Checks a request to issue a key against its keyspace, and fills in what it leaves out. The only environment of a
 * keyspace is implied; with several, and with scopes, leaving them out is an error, and so is leaving out the expiry
 * where the keyspace limits the lifetime.
 *
 * @returns the plan, or every field at fault. Whether the keyspace is retired is not looked at.
 */
export function planIssue(keyspace: Keyspace, request: IssueRequest, nowMs: number): Planned<IssuePlan> {
  const faults = createFaults();
  const plan: IssuePlan = {
    name: planName(request.name, faults),
    environment: planEnvironment(keyspace, request.environment, faults),
    scopes: planScopes(keyspace, request.scopes ?? [], faults),
    expiresAtMs: planExpiry(keyspace, request.expiresAtMs ?? null, nowMs, faults),
    allowedCidrs: planCidrs(request.allowedCidrs ?? [], faults),
    metadata: planMetadata(request.metadata ?? {}, faults),
  };
  return faults.fields.length === 0 ? { ok: true, plan } : { ok: false, fields: faults.fields };
}

/** Checks a request to change a key, field by field, by the rules of {@link planIssue}. A lifetime counts from now. */
export function planPatch(keyspace: Keyspace, request: PatchRequest, nowMs: number): Planned<PatchPlan> {
  const faults = createFaults();
  const { name, scopes, expiresAtMs, allowedCidrs, metadata } = request;
  const plan: PatchPlan = {
    ...(name !== undefined && { name: planName(name, faults) }),
    ...(scopes !== undefined && { scopes: planScopes(keyspace, scopes, faults) }),
    ...(expiresAtMs !== undefined && { expiresAtMs: planExpiry(keyspace, expiresAtMs, nowMs, faults) }),
    ...(allowedCidrs !== undefined && { allowedCidrs: planCidrs(allowedCidrs, faults) }),
    ...(metadata !== undefined && { metadata: planMetadata(metadata, faults) }),
  };
  return faults.fields.length === 0 ? { ok: true, plan } : { ok: false, fields: faults.fields };
}

interface Faults {
  readonly fields: FieldError[];
  add(pointer: string, message: string): void;
}

function createFaults(): Faults {
  const fields: FieldError[] = [];
  return { fields, add: (pointer, message) => void fields.push({ pointer, message }) };
}

function planName(text: string, faults: Faults): string {
  const checked = checkName(text);
  if (checked.ok) return checked.name;
  faults.add('/name', checked.message);
  return text;
}

function planEnvironment(keyspace: Keyspace, requested: string | undefined, faults: Faults): string | null {
  const { environments } = keyspace.definition;
  if (environments.length === 0) {
    if (requested !== undefined) {
      faults.add('/environment', `The keyspace "${keyspace.id}" has no environments; leave it out.`);
    }
    return null;
  }
  if (requested === undefined) {
    const [only] = environments;
    if (environments.length === 1) return only ?? null;
    faults.add('/environment', `An environment is required; send one of ${quoteAll(environments)}.`);
    return null;
  }
  if (!environments.includes(requested)) {
    faults.add(
      '/environment',
      `"${requested}" is not an environment; send one of ${quoteAll(environments)}.`,
    );
  }
  return requested;
}

function planScopes(keyspace: Keyspace, requested: readonly string[], faults: Faults): readonly string[] {
  const known = keyspace.operations?.scopeNames;
  if (known === undefined) {
    if (requested.length > 0) {
      faults.add('/scopes', `The keyspace "${keyspace.id}" has no scopes; leave them out.`);
    }
    return [];
  }
  if (requested.length === 0) {
    faults.add('/scopes', `At least one scope is required; send some of ${quoteAll(known)}.`);
  }
  for (const [i, scope] of requested.entries()) {
    if (!known.includes(scope)) {
      faults.add(`/scopes/${i}`, `"${scope}" is not a scope; send some of ${quoteAll(known)}.`);
    }
  }
  const wanted = new Set(requested);
  return known.filter((scope) => wanted.has(scope));
}

function planExpiry(
  keyspace: Keyspace,
  expiresAtMs: number | null,
  nowMs: number,
  faults: Faults,
): number | null {
  const { maxLifetimeMs } = keyspace.definition.limits;
  const latestMs = Math.min(MAX_INSTANT_MS, nowMs + (maxLifetimeMs ?? Number.POSITIVE_INFINITY));
  if (expiresAtMs === null) {
    if (maxLifetimeMs !== null) {
      faults.add(
        '/expires_at',
        `Keys of the keyspace "${keyspace.id}" must expire; send a time up to ${formatInstant(latestMs)}.`,
      );
    }
  } else if (!Number.isSafeInteger(expiresAtMs)) {
    faults.add('/expires_at', '"expires_at" is not an instant; send one in RFC 3339.');
  } else if (expiresAtMs <= nowMs) {
    faults.add('/expires_at', '"expires_at" is in the past; send a later time or leave it out.');
  } else if (expiresAtMs > latestMs) {
    faults.add('/expires_at', `"expires_at" is too late; send a time up to ${formatInstant(latestMs)}.`);
  }
  return expiresAtMs;
}

function planCidrs(requested: readonly string[], faults: Faults): readonly string[] {
  if (requested.length > MAX_CIDRS) {
    faults.add('/allowed_cidrs', `There are ${requested.length} ranges; send at most ${MAX_CIDRS}.`);
    return [];
  }
  const canonical = new Set<string>();
  for (const [i, text] of requested.entries()) {
    const checked = checkCidr(text);
    if (checked.ok) canonical.add(checked.cidr);
    else faults.add(`/allowed_cidrs/${i}`, checked.message);
  }
  return [...canonical];
}

function planMetadata(metadata: JsonObject, faults: Faults): JsonObject {
  const message = checkMetadata(metadata);
  if (message !== null) faults.add('/metadata', message);
  return metadata;
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
