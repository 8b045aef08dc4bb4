/** How the cookies of the API Keys page begin, over HTTPS and over plain HTTP. */
const OURS = /^(?:__Host-)?keyhold-page-/;

/**
 * A `Cookie` without those of the API Keys page: they are for the gateway, and stand at its root, so that browsers send
 * them with every call of the API. Empty when nothing is left.
 */
export function withoutPageCookies(value: string): string {
  if (!value.includes('keyhold-page-')) return value;
  return value
    .split(';')
    .filter((pair) => !OURS.test(pair.trimStart()))
    .join(';')
    .trimStart();
}
