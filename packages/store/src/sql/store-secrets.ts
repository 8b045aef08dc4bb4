import type { Transaction } from './transaction.ts';

/** See {@link Store.secretFor}. `candidate` is kept when there is none yet. */
export async function secretFor(tx: Transaction, name: string, candidate: Uint8Array): Promise<Uint8Array> {
  await tx.db
    .insertInto('store_secret')
    .values({ name, secret: candidate })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { secret } = await tx.db
    .selectFrom('store_secret')
    .select('secret')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return secret;
}
