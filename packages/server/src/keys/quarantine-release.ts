import type { Authority } from '@keyhold/coherence';
import type { MutationContext, QuarantineSelector, Store } from '@keyhold/store';

/** Keys in one transaction: few enough that other writes never wait for it noticeably. */
const BATCH_SIZE = 200;

/**
 * Enables every quarantined key that is meant, batch by batch. When it returns they are accepted in every process; when
 * it throws some may be, and a repeat goes on from there.
 *
 * @returns how many there were.
 */
export async function releaseKeys(
  {
    store,
    authority,
  }: { readonly store: Pick<Store, 'releaseKeys'>; readonly authority: Pick<Authority, 'commit'> },
  context: MutationContext,
  selector: QuarantineSelector,
): Promise<number> {
  for (let releasedCount = 0; ; ) {
    const { value } = await authority.commit(() => store.releaseKeys(context, selector, BATCH_SIZE));
    releasedCount += value.releasedCount;
    if (value.releasedCount < BATCH_SIZE) return releasedCount;
  }
}
