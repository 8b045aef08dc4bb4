/** The one-time code that stands in the address after following a link; it is gone from there before anything else. */
export function takeLinkCode(): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
  return code;
}
