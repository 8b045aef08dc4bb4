import type { PresentedRequest } from './gate.ts';

/**
 * A `Request` of the Fetch standard as far as deciding about it needs. The runtime has joined lines of one name by then,
 * which for a credential reads as two all the same, and has resolved dot segments, so what is checked is what is routed.
 */
export function toPresentedRequest(request: Request): PresentedRequest {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    target: pathname + search,
    rawHeaders: [...request.headers].flat(),
    frame: null,
    peerAddress: null,
  };
}
