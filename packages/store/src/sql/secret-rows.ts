import type { NewSecret } from '../records.ts';
import type { Transaction } from './transaction.ts';

/** From here on the secret is one of the key's. */
export async function insertSecret(
  tx: Transaction,
  position: number,
  generation: number,
  secret: Pick<NewSecret, 'digest'>,
): Promise<void> {
  await tx.db
    .insertInto('secret')
    .values({
      key_position: position,
      generation,
      lookup: Buffer.from(secret.digest, 'hex'),
      not_after_ms: null,
      pepper_version: 0,
    })
    .execute();
}
