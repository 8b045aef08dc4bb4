import type { Strings } from '../../strings.ts';

/** Where a dialog of the API Keys page speaks to customers, the console speaks to the operator. */
export const CONSOLE_STRINGS: Strings = {
  expiredText: 'Your session has ended. Log in again.',
  failed: 'That did not work: Keyhold could not be reached. Try again.',
  failedBusy: 'That did not work: Keyhold is busy. Try again in a moment.',
  loading: 'Loading…',
};
