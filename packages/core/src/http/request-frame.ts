/** A request's frame as `node:http` gives it: an `IncomingMessage` is one. */
export interface RequestFrame {
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** Name, value, name, value …; values without blanks at their ends. */
  readonly rawHeaders: readonly string[];
}

/** What is wrong with a frame; each is the code of the answer that refuses it. */
export type FrameFault = 'invalid_request' | 'too_many_header_fields' | 'http_version_not_supported';

/** A request with more fields is refused. Past 1,000 Node's parser drops them in silence, which is more than these. */
const MAX_HEADER_FIELDS = 100;

/** RFC 9110 §7.2 without user information, and with the names that DNS and container networks really use. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Finds what Node's parser leaves open in a request's frame, and what two servers behind one another could read in two
 * ways: a version that is not HTTP/1.0 or 1.1, more fields than anybody needs, a Host that is missing, stands twice or
 * is no host, a transfer coding but chunked or in HTTP/1.0, a length with a leading zero.
 *
 * @returns null when nothing is wrong.
 * @see RFC 9112 §2.3, §3.2, §6.1; RFC 9110 §8.6
 */
export function findFrameFault(frame: RequestFrame): FrameFault | null {
  const { httpVersionMajor, httpVersionMinor, rawHeaders } = frame;
  if (httpVersionMajor !== 1 || httpVersionMinor > 1) return 'http_version_not_supported';
  if (rawHeaders.length > 2 * MAX_HEADER_FIELDS) return 'too_many_header_fields';
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    // Most names are told apart by their length alone.
    if (name.length === 4) {
      if (name.toLowerCase() === 'host' && (++hosts > 1 || !HOST.test(rawHeaders[i + 1]!)))
        return 'invalid_request';
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length' && /^0./.test(rawHeaders[i + 1]!)) return 'invalid_request';
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (httpVersionMinor === 0 || rawHeaders[i + 1]!.toLowerCase() !== 'chunked') return 'invalid_request';
    }
  }
  // HTTP/1.0 had no Host yet; health checks still come without.
  return hosts === 0 && httpVersionMinor === 1 ? 'invalid_request' : null;
}
