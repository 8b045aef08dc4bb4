/** What every answer of the page carries, whatever it is. */
export function toCommonHeaders(isSecure: boolean): readonly string[] {
  return [
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'no-referrer',
    // Two years, as browsers' preload lists ask for; over plain HTTP the header means nothing (RFC 6797 §7.2).
    ...(isSecure ? ['Strict-Transport-Security', 'max-age=63072000'] : []),
  ];
}

/**
 * What the page's document carries: it runs and loads only what this origin serves, and is framed only by the origins
 * that the keyspace lists.
 */
export function toDocumentHeaders(
  hostOrigins: readonly string[],
  { isSecure }: { readonly isSecure: boolean },
): readonly string[] {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    `frame-ancestors ${hostOrigins.length === 0 ? "'none'" : hostOrigins.join(' ')}`,
  ];
  return [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Security-Policy',
    policy.join('; '),
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Cross-Origin-Resource-Policy',
    'same-origin',
    ...toCommonHeaders(isSecure),
  ];
}
