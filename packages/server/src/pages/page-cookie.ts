import type { IncomingMessage } from 'node:http';

/** Where the page's session stands in a browser. */
export interface PageCookie {
  /** The token that the browser sent; null: none. */
  read(request: IncomingMessage): string | null;
  /** The value of a `Set-Cookie` that keeps this token until then. */
  keep(token: string, maxAgeSeconds: number): string;
  /** The value of a `Set-Cookie` that removes it. */
  remove(): string;
}

/**
 * One cookie for each keyspace. Over HTTPS it has the prefix `__Host-`, so that no sister domain and no plain HTTP can
 * set it; over plain HTTP, which is for this machine, no browser would take that prefix. Out of reach of scripts, and
 * not sent along from other sites, unless origins of other sites may frame the page.
 */
export function createPageCookie(
  keyspace: string,
  options: { readonly isSecure: boolean; readonly isFramed: boolean },
): PageCookie {
  const { isSecure, isFramed } = options;
  const name = `${isSecure ? '__Host-' : ''}keyhold-page-${keyspace}`;
  const sameSite = isSecure && isFramed ? 'SameSite=None; Partitioned' : 'SameSite=Strict';
  const attributes = `Path=/; HttpOnly; ${isSecure ? 'Secure; ' : ''}${sameSite}`;
  return {
    read({ headers }) {
      const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
      const values = pairs.flatMap((pair) =>
        pair.startsWith(`${name}=`) ? [pair.slice(name.length + 1)] : [],
      );
      // Two of one name: somebody set one from elsewhere, and there is no telling which.
      return values.length === 1 ? (values[0] ?? null) : null;
    },
    keep: (token, maxAgeSeconds) => `${name}=${token}; Max-Age=${maxAgeSeconds}; ${attributes}`,
    remove: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}
