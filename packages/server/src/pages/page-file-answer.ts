import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { REQUEST_ID_HEADER } from '../http/answer.ts';
import type { PageFile } from './page-files.ts';
import { toCommonHeaders } from './page-headers.ts';

/** A file whose name changes with its content is kept for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Sends a script or a stylesheet, compressed as the client likes it. */
export function writePageFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: PageFile,
  options: { readonly isSecure: boolean; readonly requestId: string; readonly isShared: boolean },
): void {
  const { isSecure, requestId, isShared } = options;
  const [encoding, body] = chooseEncoding(request.headers['accept-encoding'] ?? '', file);
  const tag = `"${createHash('sha256').update(file.plain).digest('base64url').slice(0, 22)}"`;
  const headers = [
    'Content-Type',
    file.mediaType,
    'Cache-Control',
    isShared ? 'no-cache' : FOR_EVER,
    'ETag',
    tag,
    'Vary',
    'Accept-Encoding',
    // The element's script is loaded by pages of other origins; the page's own files by the page alone.
    'Cross-Origin-Resource-Policy',
    isShared ? 'cross-origin' : 'same-origin',
    ...(isShared ? ['Access-Control-Allow-Origin', '*'] : []),
    ...toCommonHeaders(isSecure),
    REQUEST_ID_HEADER,
    requestId,
  ];
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  if (encoding !== null) headers.push('Content-Encoding', encoding);
  response.writeHead(200, [...headers, 'Content-Length', String(body.length)]);
  response.end(body);
}

function chooseEncoding(accepted: string, { plain, brotli, gzip }: PageFile): [string | null, Buffer] {
  if (brotli !== null && /\bbr\b/.test(accepted)) return ['br', brotli];
  if (gzip !== null && /\bgzip\b/.test(accepted)) return ['gzip', gzip];
  return [null, plain];
}
