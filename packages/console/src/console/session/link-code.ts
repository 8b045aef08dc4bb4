let taken: string | null = null;

/**
 * The one-time code behind the address's #, which is gone from there before anything else. It is kept for as long as the
 * page stands, since React may make a view twice.
 */
export function takeCode(): string {
  if (location.hash !== '') {
    taken = location.hash.slice(1);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return taken ?? '';
}
