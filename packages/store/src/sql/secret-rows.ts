import type { NewSecret } from '../records.ts';
import type { Transaction } from './transaction.ts';

/** When a secret that waits to be claimed stops: before it begins. */
const NEVER_MS = 0;

/** @param waits for its claim; until {@link releaseSecret} it opens nothing. */
export async function insertSecret(
  tx: Transaction,
  position: number,
  generation: number,
  secret: NewSecret,
  waits: boolean,
): Promise<void> {
  await tx.db
    .insertInto('secret')
    .values({
      key_position: position,
      generation,
      lookup: Buffer.from(secret.digest, 'hex'),
      not_after_ms: waits ? NEVER_MS : null,
      pepper_version: 0,
    })
    .execute();
}

/** From here on the secret opens what its key opens. */
export async function releaseSecret(tx: Transaction, position: number, generation: number): Promise<void> {
  await tx.db
    .updateTable('secret')
    .set({ not_after_ms: null })
    .where('key_position', '=', position)
    .where('generation', '=', generation)
    .execute();
}
