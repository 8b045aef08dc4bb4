import { KeyholdError, type KeyLife, transition } from '@keyhold/core';
import type { Updateable } from 'kysely';
import type { AuditActor } from './authorize.ts';
import { endClaimLinks } from './claim-links.ts';
import {
  type ChangedKey,
  isDisabledByCustomer,
  type KeyRow,
  lifeOf,
  type SecretRow,
  toChangedKey,
} from './key-rows.ts';
import type { Tables } from './schema.ts';
import { together } from './together.ts';
import type { Transaction } from './transaction.ts';

/** What can be done to a key by its name alone. */
export type KeySwitch = 'revoke' | 'disable' | 'enable';

/** A key before it is changed: its row, and all of its secrets. */
export interface OpenedKey {
  readonly row: KeyRow;
  readonly secrets: readonly SecretRow[];
}

export interface SwitchedKey {
  /** As it stands once it is written. */
  readonly changed: ChangedKey;
  /** To be waited for together with what is written after it. */
  write(): Promise<unknown>;
}

/**
 * What one writes to the key's rows. Its audit event and its change are the caller's.
 *
 * How the key then stands is known without reading it again, which saves a revocation a message to PostgreSQL.
 *
 * @returns null when there is nothing to do.
 * @throws {KeyholdError} `key_revoked`; `insufficient_scope` for a customer who enables what the operator disabled.
 */
export function switchKey(
  tx: Transaction,
  actor: AuditActor,
  key: OpenedKey,
  verb: KeySwitch,
): SwitchedKey | null {
  const life = applyTransition(key.row, verb, tx.nowMs);
  if (verb !== 'revoke') return setDisabled(tx, actor, key, verb, life);
  if (life === null) return null;
  const columns = { revoked_at_ms: tx.nowMs };
  return {
    changed: toChangedKey({ ...key.row, ...columns, claim_until_ms: null }, key.secrets, tx.nowMs),
    write: () => together(updateKey(tx, key.row, columns), endClaimLinks(tx, key.row.position)),
  };
}

function setDisabled(
  tx: Transaction,
  actor: AuditActor,
  { row, secrets }: OpenedKey,
  verb: 'disable' | 'enable',
  life: KeyLife | null,
): SwitchedKey | null {
  const byCustomer = actor.organization !== null;
  // What a customer disabled becomes the operator's when an operator disables it too.
  const takesOver = row.disabled_at_ms !== null && isDisabledByCustomer(row) !== byCustomer;
  if (byCustomer && takesOver) {
    if (verb === 'disable') return null;
    throw new KeyholdError(
      'insufficient_scope',
      'The key was disabled by the operator of this API. Ask them to enable it.',
    );
  }
  // Disabling a quarantined key is the outcome of its review: it stays disabled when the others are released.
  if (life === null && row.quarantined_at_ms === null && !takesOver) return null;
  const columns = {
    disabled_at_ms: verb === 'disable' ? tx.nowMs : null,
    disabled_by_customer: byCustomer ? 1 : 0,
    quarantined_at_ms: null,
  };
  return {
    changed: toChangedKey({ ...row, ...columns }, secrets, tx.nowMs),
    write: () => updateKey(tx, row, columns),
  };
}

/** @returns the key's new life, or null when there is nothing to do. @throws {KeyholdError} `key_revoked`, `key_expired`. */
export function applyTransition(
  row: KeyRow,
  verb: Parameters<typeof transition>[1],
  nowMs: number,
): KeyLife | null {
  const result = transition(lifeOf(row), verb, nowMs);
  if (result.kind === 'nothing_to_do') return null;
  if (result.kind === 'apply') return result.life;
  throw new KeyholdError(
    result.code,
    result.code === 'key_revoked'
      ? 'The key is revoked, and that is final. Issue a new one.'
      : 'The key has expired. Give it a later "expires_at" first, or issue a new one.',
  );
}

export async function updateKey(
  tx: Transaction,
  row: KeyRow,
  columns: Updateable<Tables['key']>,
): Promise<void> {
  await tx.db.updateTable('key').set(columns).where('position', '=', row.position).execute();
}
