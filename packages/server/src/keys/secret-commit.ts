import type { Authority } from '@keyhold/coherence';
import { isKeyholdError } from '@keyhold/core';
import type { Mutated } from '@keyhold/store';

/**
 * Commits a mutation whose answer shows a secret. The secret can be shown only now, so a change that is stored but not
 * yet confirmed everywhere is told as `pending` and not as an error, which would lose it.
 */
export async function commitSecret<T>(
  authority: Pick<Authority, 'commit'>,
  mutate: () => Promise<Mutated<T>>,
): Promise<{ readonly mutated: Mutated<T>; readonly pending: boolean }> {
  let stored: Mutated<T> | null = null;
  try {
    const mutated = await authority.commit(async () => {
      stored = await mutate();
      return stored;
    });
    return { mutated, pending: false };
  } catch (error) {
    if (stored !== null && isKeyholdError(error) && error.code === 'revocation_pending') {
      return { mutated: stored, pending: true };
    }
    throw error;
  }
}
