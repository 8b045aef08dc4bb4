import { type Cookie, createCookie } from '../http/cookie.ts';

/** The cookie with a person's session, which no other site's request carries. */
export function createConsoleCookie(isSecure: boolean): Cookie {
  return createCookie('keyhold-console', { isSecure, sameSite: 'SameSite=Strict' });
}
