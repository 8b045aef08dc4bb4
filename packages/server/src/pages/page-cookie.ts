import { type Cookie, createCookie } from '../http/cookie.ts';

/**
 * One cookie for each keyspace, with the page's session. Not sent along from other sites, unless origins of other sites
 * may frame the page.
 */
export function createPageCookie(
  keyspace: string,
  { isSecure, isFramed }: { readonly isSecure: boolean; readonly isFramed: boolean },
): Cookie {
  const sameSite = isSecure && isFramed ? 'SameSite=None; Partitioned' : 'SameSite=Strict';
  return createCookie(`keyhold-page-${keyspace}`, { isSecure, sameSite });
}
