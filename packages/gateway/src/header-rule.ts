/**
 * What is done with a request header on the way to the upstream.
 *
 * - `drop`: hop-by-hop (RFC 9110 §7.6.1), set by the gateway itself, or able to change what the request means there;
 * - `provenance`: says where the request came from; believed from trusted proxies only;
 * - `connection`: names further headers to drop.
 */
export interface HeaderRule {
  /** Lower case. */
  readonly name: string;
  /** `name` with every character but letters and digits as `-`: what CGI-like upstreams take it for. */
  readonly canonicalName: string;
  readonly kind: 'forward' | 'drop' | 'provenance' | 'connection';
}

const DROPPED: ReadonlySet<string> = new Set([
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // A method other than the one that was checked.
  '-method',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);

/** Their other spellings (`content_length`) are dropped: an upstream behind CGI, WSGI or Rack reads them as the real one. */
const ONE_SPELLING: ReadonlySet<string> = new Set(['connection', 'content-length', 'content-type']);

/** Names repeat from request to request; the cap keeps a client that invents them from filling the memory. */
const MAX_REMEMBERED_NAMES = 1_000;
const remembered = new Map<string, HeaderRule>();

/** Finds the rule for a header name as it was received. */
export function headerRule(receivedName: string): HeaderRule {
  const known = remembered.get(receivedName);
  if (known !== undefined) return known;
  const rule = classify(receivedName);
  if (remembered.size < MAX_REMEMBERED_NAMES) remembered.set(receivedName, rule);
  return rule;
}

/** Says whether a lower-case name is one of Keyhold's own headers, in any spelling an upstream could take for one. */
export function isKeyholdHeader(name: string): boolean {
  return name.startsWith('keyhold') && (name.length === 7 || !isLetterOrDigit(name.charCodeAt(7)));
}

function classify(receivedName: string): HeaderRule {
  const name = receivedName.toLowerCase();
  const canonicalName = name.replaceAll(/[^a-z0-9]/g, '-');
  return { name, canonicalName, kind: kindOf(name, canonicalName) };
}

function kindOf(name: string, canonicalName: string): HeaderRule['kind'] {
  if (isKeyholdHeader(name) || DROPPED.has(canonicalName)) return 'drop';
  if (ONE_SPELLING.has(canonicalName) && name !== canonicalName) return 'drop';
  if (canonicalName.startsWith('x-forwarded-') || canonicalName === 'x-real-ip') {
    return name === canonicalName ? 'provenance' : 'drop';
  }
  return name === 'connection' ? 'connection' : 'forward';
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122);
}
