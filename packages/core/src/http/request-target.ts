/** A request target that may be matched and forwarded as it stands, or the refusal of one that may not. */
export type RequestTarget =
  | {
      readonly ok: true;
      /** Canonical, beginning with `/`: the string that is matched is the string that is forwarded. */
      readonly path: string;
      /** Without its `?`, as received; empty when there is none. */
      readonly query: string;
      /** Host and port in lower case of an absolute-form target, which the caller compares with its own; otherwise null. */
      readonly authority: string | null;
    }
  | { readonly ok: false };

const HEX = '[0-9A-F]';
const CONTINUATION = `%[89AB]${HEX}`;

/**
 * One character of a segment: what RFC 3986 §3.3 allows raw, without `;` (path parameters are read by some servers
 * and not by others), or an escape that has no other spelling, in upper case. Not escaped: unreserved characters, `/`,
 * `\`, control characters (C1 included) and anything that is not well-formed UTF-8 (RFC 3629 §4).
 */
const SEGMENT_CHARACTER = [
  "[A-Za-z0-9._~!$&'()*+,=:@-]",
  '%(?:2[0-9A-C]|3[A-F]|40|5[BDE]|60|7[B-D])',
  `%C2%[AB]${HEX}`,
  `%(?:C[3-9A-F]|D${HEX})${CONTINUATION}`,
  `%E0%[AB]${HEX}${CONTINUATION}`,
  `%E[1-9ABCEF](?:${CONTINUATION}){2}`,
  `%ED%[89]${HEX}${CONTINUATION}`,
  `%F0%[9AB]${HEX}(?:${CONTINUATION}){2}`,
  `%F[1-3](?:${CONTINUATION}){3}`,
  `%F4%8${HEX}(?:${CONTINUATION}){2}`,
].join('|');

const NOT_A_DOT_SEGMENT = '(?!\\.{1,2}(?:/|$))';

/** Only the last segment may be empty: `/a/` is a path of its own, `/a//b` is none. */
const PATH = new RegExp(`^(?:/${NOT_A_DOT_SEGMENT}(?:${SEGMENT_CHARACTER})+)*/?$`);

/** Every visible ASCII character but `#`: looser than RFC 3986 §3.4, as browsers leave `[]{}|^` unescaped. */
const QUERY = /^[!"$-~]*$/;

const ABSOLUTE_FORM = /^https?:\/\/((?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)(\/.*)$/i;

const NOT_OK: RequestTarget = { ok: false };

/**
 * Reads the target of a request line. A path that is not in its one canonical spelling is refused and never repaired,
 * so that no server behind reads it differently; nothing is decoded.
 *
 * Not ok, too: `*` and the authority form of CONNECT (the listener answers those by itself), a fragment, user
 * information, a scheme other than http and https.
 */
export function readRequestTarget(target: string): RequestTarget {
  if (target.startsWith('/')) return readOriginForm(target, null);
  const [, authority, rest] = ABSOLUTE_FORM.exec(target) ?? [];
  if (authority === undefined || rest === undefined) return NOT_OK;
  return readOriginForm(rest, authority.toLowerCase());
}

/** Whether `path` is one that {@link readRequestTarget} lets through. */
export function isCanonicalPath(path: string): boolean {
  return path !== '' && PATH.test(path);
}

function readOriginForm(target: string, authority: string | null): RequestTarget {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  return isCanonicalPath(path) && QUERY.test(query) ? { ok: true, path, query, authority } : NOT_OK;
}
