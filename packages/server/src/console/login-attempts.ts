import { createHmac } from 'node:crypto';
import { isIpv4Address, KeyholdError, parseClientAddress } from '@keyhold/core';
import type { LoginAttempt, Store } from '@keyhold/store';

/** How often somebody may try: each account from each address waits for itself, and each address for all it tries. */
export interface LoginAttempts {
  /** Counts it before it is tried. @throws {KeyholdError} `too_many_attempts`. */
  admit(email: string, sourceAddress: string | null): Promise<LoginAttempt>;
  /** It was right. */
  forgive(attempt: LoginAttempt): Promise<void>;
}

export function createLoginAttempts({
  store,
  macKey,
}: {
  readonly store: Pick<Store, 'admitLogin' | 'forgiveLogin'>;
  readonly macKey: Uint8Array;
}): LoginAttempts {
  // People type passwords into the field for the address: nothing of it is kept.
  const nameOf = (text: string) => createHmac('sha256', macKey).update(`log-in ${text}`).digest('base64url');
  return {
    async admit(email, sourceAddress) {
      const network = toNetwork(sourceAddress);
      const account = email.normalize('NFC').toLowerCase();
      const attempt = { account: nameOf(`${network} ${account}`), address: nameOf(network) };
      const retryAfterMs = await store.admitLogin(attempt);
      if (retryAfterMs === 0) return attempt;
      throw new KeyholdError(
        'too_many_attempts',
        'There were too many attempts from here. Try again later.',
        {
          retryAfterMs,
        },
      );
    },
    forgive: (attempt) => store.forgiveLogin(attempt),
  };
}

/** One who has an IPv6 address has 2^64 of them. */
function toNetwork(sourceAddress: string | null): string {
  const address = sourceAddress === null ? null : parseClientAddress(sourceAddress);
  if (address === null) return 'unknown';
  return (isIpv4Address(address) ? address : address.slice(0, 2)).join('.');
}
