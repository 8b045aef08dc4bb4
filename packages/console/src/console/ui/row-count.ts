import type { OverviewBody } from '@keyhold/api';

/** "1,204"; "10,000+" where counting stopped. */
export function toCountText({ value, at_least }: OverviewBody['organizations']['total']): string {
  return `${value.toLocaleString()}${at_least ? '+' : ''}`;
}
