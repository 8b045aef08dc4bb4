import { CallFailed } from '../../api/call-failed.ts';

/** What a refused log-in is told as; the server's own words, but where only the page knows what was asked. */
export function describeFailure(failure: unknown): string {
  if (!(failure instanceof CallFailed) || failure.status === 0) {
    return 'Keyhold could not be reached. Try again.';
  }
  if (failure.status >= 500) return 'Keyhold is busy. Try again in a moment.';
  return failure.fields.map(({ message }) => message).join(' ') || failure.message;
}
