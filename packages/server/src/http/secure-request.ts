import type { IncomingMessage } from 'node:http';

/** @param publicUrl where the listener is reached from outside; null: nothing stands in between. */
export function isSecureRequest(request: IncomingMessage, publicUrl: URL | null): boolean {
  return publicUrl === null ? 'encrypted' in request.socket : publicUrl.protocol === 'https:';
}
