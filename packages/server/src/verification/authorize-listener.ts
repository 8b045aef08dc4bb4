import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import { type Clock, KeyholdError } from '@keyhold/core';
import { refuseBrokenFrame } from '../http/frame.ts';
import { createPeerTrust } from '../http/peer.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { UsageRecorder } from '../observability/usage-recorder.ts';
import { createVerificationObserver } from '../observability/verification-observer.ts';
import { AUTHORIZE_PREFIX, createAuthorizeHandler } from './authorize-handler.ts';
import { writeError } from './handler.ts';

export interface AuthorizeListenerOptions {
  readonly verifier: Verifier;
  readonly usage: UsageRecorder;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  /** CIDRs whose `X-Forwarded-For` is believed, besides loopback. */
  readonly trustedProxies: readonly string[];
  readonly createRequestId: () => string;
}

/** A listener that serves forward-auth and nothing else, for `--authorize-socket`. */
export function createAuthorizeListener(
  options: AuthorizeListenerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { usage, metrics, clock, log, createRequestId } = options;
  const authorize = createAuthorizeHandler({
    verifier: options.verifier,
    observer: createVerificationObserver({ face: 'authorize', usage, metrics }),
    peers: createPeerTrust(options.trustedProxies),
    clock,
    log,
  });
  return (request, response) => {
    const requestId = createRequestId();
    if (refuseBrokenFrame(request, response, requestId)) return;
    if (request.url?.startsWith(AUTHORIZE_PREFIX)) return authorize(request, response, requestId);
    writeError(response, new KeyholdError('route_not_found', ''), requestId, log);
  };
}
