import { useSyncExternalStore } from 'react';
import { readViewState, type ViewState } from '../keys/view-state.ts';

/** What of the list is shown, as it stands in the address, and a way to another view. One address: no router is needed. */
export function useAddressView(): readonly [ViewState, (view: ViewState) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const view = readViewState(Object.fromEntries(new URLSearchParams(search)));
  return [view, (next) => show(next, next.q !== view.q)];
}

/** Typing a search is no step to come back to; a filter or a page is. */
function show(view: ViewState, isTyping: boolean): void {
  const search = new URLSearchParams(Object.entries(view).map(([name, value]) => [name, String(value)]));
  const address = location.pathname + (search.size === 0 ? '' : `?${search.toString()}`);
  if (isTyping) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}
