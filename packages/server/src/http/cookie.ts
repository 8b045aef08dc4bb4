import type { IncomingMessage } from 'node:http';

/** One cookie in a browser that holds one text. */
export interface Cookie {
  /** What the browser sent; null: nothing. */
  read(request: Pick<IncomingMessage, 'headers'>): string | null;
  /** The value of a `Set-Cookie` that keeps this text until then. */
  keep(text: string, maxAgeSeconds: number): string;
  /** The value of a `Set-Cookie` that removes it. */
  remove(): string;
}

/**
 * A cookie out of reach of scripts. Over HTTPS it has the prefix `__Host-`, so that no sister domain and no plain HTTP can
 * set it; over plain HTTP, which is for this machine, no browser would take that prefix.
 *
 * @param sameSite the attribute, with what belongs to it.
 */
export function createCookie(
  plainName: string,
  { isSecure, sameSite }: { readonly isSecure: boolean; readonly sameSite: string },
): Cookie {
  const name = `${isSecure ? '__Host-' : ''}${plainName}`;
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
    keep: (text, maxAgeSeconds) => `${name}=${text}; Max-Age=${maxAgeSeconds}; ${attributes}`,
    remove: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}
