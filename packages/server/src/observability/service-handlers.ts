import type { ServerResponse } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import { writeAnswer, writeJson, writeProblem } from '../http/answer.ts';
import type { PeerTrust } from '../http/peer.ts';
import { toProblem } from '../http/problem.ts';
import type { OperatorAuthenticator } from '../operators/operator-authenticator.ts';
import { type RawHandler, writeError } from '../verification/handler.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface ServiceHandlersOptions {
  readonly store: Pick<Store, 'ping'>;
  readonly verifier: Verifier;
  readonly authenticator: OperatorAuthenticator;
  readonly peers: PeerTrust;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly isReady: () => boolean;
}

/** A store that does not answer a trivial read in this time does not serve. */
const PING_TIMEOUT_MS = 2_000;

/** Health, readiness and metrics, by path. */
export function createServiceHandlers(options: ServiceHandlersOptions): Readonly<Record<string, RawHandler>> {
  const { store, verifier, authenticator, peers, metrics, clock, log, isReady } = options;

  async function answerReadiness(response: ServerResponse, requestId: string): Promise<void> {
    const checks = { serving: isReady(), store: await pingStore(store, clock), lease: verifier.mayAnswer() };
    const ready = checks.serving && checks.store && checks.lease;
    writeJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not_ready', checks }, requestId);
  }

  async function answerMetrics(response: ServerResponse, requestId: string): Promise<void> {
    const headers = ['Content-Type', metrics.contentType];
    writeAnswer(response, { status: 200, headers, body: await metrics.read() }, requestId);
  }

  return {
    '/healthz': (_request, response, requestId) => writeJson(response, 200, { status: 'ok' }, requestId),

    '/readyz'(_request, response, requestId) {
      answerReadiness(response, requestId).catch((error: unknown) =>
        writeError(response, error, requestId, log),
      );
    },

    '/metrics'(request, response, requestId) {
      try {
        const authentication = peers.isLocal(request) ? null : authenticator.authenticate(request, null);
        if (authentication !== null && !authentication.ok) {
          const challenge = ['WWW-Authenticate', authentication.challenge];
          return writeProblem(response, toProblem(authentication.error, requestId), challenge, requestId);
        }
        answerMetrics(response, requestId).catch((error: unknown) =>
          writeError(response, error, requestId, log),
        );
      } catch (error) {
        writeError(response, error, requestId, log);
      }
    },
  };
}

function pingStore(store: Pick<Store, 'ping'>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancelTimer = clock.setTimer(PING_TIMEOUT_MS, () => resolve(false));
    store.ping().then(
      () => finish(true),
      () => finish(false),
    );
    function finish(answered: boolean): void {
      cancelTimer();
      resolve(answered);
    }
  });
}
