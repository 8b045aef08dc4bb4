import type { KeysSearch } from './keys-search.ts';

type Safety = NonNullable<KeysSearch['safety']>;

/** Keys to look at, and why; each is a filter of the list. */
export const KEY_SAFETY: readonly {
  readonly value: Safety;
  readonly label: string;
  readonly meaning: string;
}[] = [
  {
    value: 'never_expires',
    label: 'Never expire',
    meaning: 'They work until somebody revokes them. Give them an expiry where you can.',
  },
  {
    value: 'idle_90_days',
    label: 'Idle for 90 days',
    meaning:
      'Not used for 90 days, or not once since they were made that long ago. Disable them first, then revoke.',
  },
  {
    value: 'never_used',
    label: 'Never used',
    meaning: 'Issued, and not called with once. Most of these are safe to revoke.',
  },
  {
    value: 'expiring_soon',
    label: 'Expire within 30 days',
    meaning: 'Their programs stop then, unless the expiry is moved or a new key is in place.',
  },
];
