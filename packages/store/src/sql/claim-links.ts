import { type ClaimLinkId, formatInstant, isActive, KeyholdError, type KeyId } from '@keyhold/core';
import { keyNotFound } from '../not-found.ts';
import type { ClaimLinkRecord, KeyRecord, MutationContext, NewClaimLink } from '../records.ts';
import type { Mutated } from '../store.ts';
import { type AuditActor, authorize } from './authorize.ts';
import { type KeyRow, lifeOf, readChangedKey, selectKeys, toKeyRecord } from './key-rows.ts';
import { requireIssuingKeyspace } from './keyspaces.ts';
import { type AuditDraft, finishMutation, nothingToDo, writeAudit } from './mutation.ts';
import { releaseSecret } from './secret-rows.ts';
import { together } from './together.ts';
import type { Transaction, View } from './transaction.ts';

/** A link is followed by somebody who knows its passphrase, or it is in the wrong hands. */
const MAX_FAILED_CLAIMS = 10;

/** What is kept of a secret that waits to be claimed. */
export async function insertClaimLink(
  tx: Transaction,
  position: number,
  generation: number,
  link: NewClaimLink,
): Promise<void> {
  await tx.db
    .insertInto('claim_link')
    .values({
      id: link.id,
      key_position: position,
      generation,
      sealed_key: link.sealedKey,
      secret_digest: link.secretDigest,
      has_passphrase: link.hasPassphrase ? 1 : 0,
      created_at_ms: tx.nowMs,
      expires_at_ms: link.expiresAtMs,
      claimed_at_ms: null,
      claimed_from: null,
      ended_at_ms: null,
    })
    .execute();
}

/** What waits to be claimed for a key can be no longer. */
export async function endClaimLinks(tx: Transaction, position: number): Promise<void> {
  await tx.db
    .updateTable('claim_link')
    .set({ ended_at_ms: tx.nowMs, sealed_key: null })
    .where('key_position', '=', position)
    .where('claimed_at_ms', 'is', null)
    .where('ended_at_ms', 'is', null)
    .execute();
}

/** See {@link Store.claimKey}. */
export async function claimKey(
  tx: Transaction,
  context: MutationContext,
  id: ClaimLinkId,
): Promise<Mutated<KeyRecord>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  const { link, row } = await requireWaiting(tx, id);
  await requireIssuingKeyspace(tx, row.keyspace);
  await tx.db
    .updateTable('claim_link')
    .set({ claimed_at_ms: tx.nowMs, claimed_from: context.sourceAddress, sealed_key: null })
    .where('id', '=', id)
    .execute();
  await tx.failpoint('claim.after_link');
  await releaseSecret(tx, row.position, link.generation);
  const { record, replicated } = await readChangedKey(tx, row.position);
  return await finishMutation<KeyRecord>(tx, context, actor, {
    verb: 'claim',
    audit: [eventOf(row, 'key.claim', { claim_link: id })],
    change: { kind: 'keys', keys: [replicated] },
    subject: record.id,
    changed: [{ table: 'key', positions: [row.position] }],
    value: (seq) => ({ ...record, seq }),
  });
}

/** See {@link Store.refuseClaim}. */
export async function refuseClaim(
  tx: Transaction,
  context: MutationContext,
  id: ClaimLinkId,
  cause: 'already_claimed' | 'wrong_passphrase',
): Promise<Mutated<null>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  const { link, row } = await requireLink(tx, id);
  const failedClaims = link.failed_claims + 1;
  const claimedAtMs = link.claimed_at_ms;
  await writeAudit(tx, context, actor, [
    eventOf(row, 'key.claim_refused', {
      claim_link: id,
      cause,
      ...(claimedAtMs === null
        ? { failed_claims: failedClaims }
        : { claimed_at: formatInstant(claimedAtMs), claimed_from: link.claimed_from, offer: 'recycle' }),
    }),
  ]);
  const noted =
    cause === 'already_claimed'
      ? { tried_again_at_ms: tx.nowMs, tried_again_from: context.sourceAddress }
      : { failed_claims: failedClaims };
  await tx.db.updateTable('claim_link').set(noted).where('id', '=', id).execute();
  if (cause === 'already_claimed') return nothingToDo(row.seq, null);
  if (failedClaims < MAX_FAILED_CLAIMS || revokedOrExpired(tx, row)) return nothingToDo(row.seq, null);
  const revoked = await revokeUnclaimed(tx, context, actor, [row], 'its claim link was tried too often');
  return { ...revoked, value: null };
}

/** See {@link Store.expireClaimLinks}. */
export async function expireClaimLinks(
  tx: Transaction,
  context: MutationContext,
  limit: number,
): Promise<Mutated<{ readonly expiredCount: number }>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  const expired = await tx.db
    .selectFrom('claim_link')
    .select('key_position')
    .where('claimed_at_ms', 'is', null)
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '<=', tx.nowMs)
    .orderBy('expires_at_ms')
    .limit(limit)
    .execute();
  const expiredCount = expired.length;
  if (expiredCount === 0) return nothingToDo(0, { expiredCount });
  const positions = expired.map((link) => link.key_position);
  const rows = await selectKeys(tx.db).where('key.position', 'in', positions).execute();
  const living = rows.filter((row) => !lifeOf(row).revoked);
  const revokedBefore = rows.filter((row) => !living.includes(row));
  await together(...revokedBefore.map((row) => endClaimLinks(tx, row.position)));
  if (living.length === 0) return nothingToDo(0, { expiredCount });
  const revoked = await revokeUnclaimed(tx, context, actor, living, 'its claim link expired');
  return { ...revoked, value: { expiredCount } };
}

/** See {@link Store.readClaimLink}. */
export async function readClaimLink(view: View, id: ClaimLinkId): Promise<ClaimLinkRecord | null> {
  const found = await findLink(view, id);
  return found === null ? null : toRecord(view, found);
}

/** See {@link Store.listClaimLinks}. */
export async function listClaimLinks(view: View, keyId: KeyId): Promise<readonly ClaimLinkRecord[]> {
  const row = await selectKeys(view.db).where('key.id', '=', keyId).executeTakeFirst();
  if (row === undefined) throw keyNotFound();
  const links = await selectLinks(view)
    .where('key_position', '=', row.position)
    .orderBy('generation', 'desc')
    .execute();
  return links.map((link) => toRecord(view, { link, row }));
}

type LinkRow = Awaited<ReturnType<ReturnType<typeof selectLinks>['executeTakeFirstOrThrow']>>;

interface FoundLink {
  readonly link: LinkRow;
  readonly row: KeyRow;
}

function selectLinks(view: View) {
  return view.db
    .selectFrom('claim_link')
    .select([
      'id',
      'key_position',
      'generation',
      'sealed_key',
      'secret_digest',
      'has_passphrase',
      'failed_claims',
      'created_at_ms',
      'expires_at_ms',
      'claimed_at_ms',
      'claimed_from',
      'ended_at_ms',
      'tried_again_at_ms',
      'tried_again_from',
    ]);
}

async function findLink(view: View, id: ClaimLinkId): Promise<FoundLink | null> {
  const link = await selectLinks(view).where('id', '=', id).executeTakeFirst();
  if (link === undefined) return null;
  const row = await selectKeys(view.db)
    .where('key.position', '=', link.key_position)
    .executeTakeFirstOrThrow();
  return { link, row };
}

/** @throws {KeyholdError} `claim_link_not_found`. */
async function requireLink(view: View, id: ClaimLinkId): Promise<FoundLink> {
  const found = await findLink(view, id);
  if (found === null) {
    throw new KeyholdError('claim_link_not_found', 'There is no such link. Follow the whole of it.');
  }
  return found;
}

/** @throws {KeyholdError} `claim_link_not_found`, `claim_link_used`, `claim_link_ended`. */
async function requireWaiting(tx: Transaction, id: ClaimLinkId): Promise<FoundLink> {
  const found = await requireLink(tx, id);
  const { link, row } = found;
  if (link.claimed_at_ms !== null) {
    throw new KeyholdError('claim_link_used', 'The key was claimed with this link before.');
  }
  if (link.ended_at_ms !== null || link.expires_at_ms <= tx.nowMs || revokedOrExpired(tx, row)) {
    throw new KeyholdError('claim_link_ended', 'The link is over, and its key was not claimed.');
  }
  return found;
}

function revokedOrExpired(tx: Transaction, row: KeyRow): boolean {
  return !isActive(lifeOf(row), tx.nowMs);
}

function toRecord(view: View, { link, row }: FoundLink): ClaimLinkRecord {
  return {
    id: link.id,
    key: toKeyRecord(row, view.nowMs),
    sealedKey: link.sealed_key,
    secretDigest: link.secret_digest,
    hasPassphrase: link.has_passphrase === 1,
    failedClaims: link.failed_claims,
    createdAtMs: link.created_at_ms,
    expiresAtMs: link.expires_at_ms,
    claimedAtMs: link.claimed_at_ms,
    claimedFrom: link.claimed_from,
    endedAtMs: link.ended_at_ms,
    triedAgainAtMs: link.tried_again_at_ms,
    triedAgainFrom: link.tried_again_from,
  };
}

/** Nobody has ever held these keys, so there is nothing to be kept of them. */
async function revokeUnclaimed(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  rows: readonly KeyRow[],
  reason: string,
): Promise<Mutated<null>> {
  const positions = rows.map((row) => row.position);
  await together(
    tx.db.updateTable('key').set({ revoked_at_ms: tx.nowMs }).where('position', 'in', positions).execute(),
    ...positions.map((position) => endClaimLinks(tx, position)),
  );
  const changed = await together(...positions.map((position) => readChangedKey(tx, position)));
  return await finishMutation<null>(tx, context, actor, {
    verb: 'revoke',
    audit: rows.map((row) => eventOf(row, 'key.revoke', { reason })),
    change: { kind: 'keys', keys: changed.map(({ replicated }) => replicated) },
    subject: rows.length === 1 ? (rows[0]?.id ?? '') : `${rows.length} keys`,
    changed: [{ table: 'key', positions }],
    value: () => null,
  });
}

function eventOf(row: KeyRow, action: string, details: AuditDraft['details']): AuditDraft {
  return {
    action,
    subject: { kind: 'key', id: row.id },
    keyspace: row.keyspace,
    organization: row.organization,
    details,
  };
}
