import type { KeysPageKey } from '@keyhold/api/keys-page';
import type { Sort, ViewState } from './view-state.ts';

export const KEYS_PER_PAGE = 15;

/** One page of the keys that a view asks for. */
export interface SelectedKeys {
  readonly keys: readonly KeysPageKey[];
  /** On all pages. */
  readonly total: number;
  /** From 1. A page after the last one is the last one. */
  readonly page: number;
  readonly pages: number;
}

export function selectKeys(all: readonly KeysPageKey[], view: ViewState): SelectedKeys {
  const wanted = view.q?.trim().toLowerCase() ?? '';
  const found = all.filter(
    (key) =>
      (wanted === '' ||
        key.name.toLowerCase().includes(wanted) ||
        key.masked_key.toLowerCase().includes(wanted)) &&
      (view.state === undefined || key.state === view.state) &&
      (view.env === undefined || key.environment === view.env),
  );
  const order = ORDERS[view.sort ?? 'created'];
  const sorted = found.toSorted((a, b) => order(a, b) || b.number - a.number);
  if (view.reverse === true) sorted.reverse();
  const pages = Math.max(1, Math.ceil(sorted.length / KEYS_PER_PAGE));
  const page = Math.min(view.page ?? 1, pages);
  const keys = sorted.slice((page - 1) * KEYS_PER_PAGE, page * KEYS_PER_PAGE);
  return { keys, total: sorted.length, page, pages };
}

type Order = (a: KeysPageKey, b: KeysPageKey) => number;

/** Each the way that is asked for most: newest, A to Z, used last, expiring next. */
const ORDERS: Readonly<Record<Sort, Order>> = {
  created: (a, b) => b.number - a.number,
  name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true, sensitivity: 'base' }),
  used: (a, b) => compare(b.last_used_at ?? '', a.last_used_at ?? ''),
  // Sorted after every date: a key that never expires.
  expires: (a, b) => compare(a.expires_at ?? '~', b.expires_at ?? '~'),
};

/** Instants of the wire sort as texts: same zone, same form. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
