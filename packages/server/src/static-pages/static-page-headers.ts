import { createHash } from 'node:crypto';

/** Headers of a page that loads, sends and is framed by nothing; its one style sheet is known by its digest. */
export function toStaticPageHeaders(stylesheet: string): readonly string[] {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(stylesheet).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Security-Policy',
    policy.join('; '),
    'X-Content-Type-Options',
    'nosniff',
    'Referrer-Policy',
    'no-referrer',
  ];
}
