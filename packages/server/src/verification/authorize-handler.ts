import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verdict, VerifiedKey, Verifier, VerifyQuestion } from '@keyhold/coherence';
import {
  type ClientAddress,
  type Clock,
  type DenialResponse,
  isKeyholdError,
  KeyholdError,
  type Keyspace,
  OPERATOR_KEYSPACE,
  readCredential,
  resolveClientAddress,
} from '@keyhold/core';
import { REQUEST_ID_HEADER, writeDenial } from '../http/answer.ts';
import type { PeerTrust } from '../http/peer.ts';
import type { Log } from '../observability/log.ts';
import type { VerificationObserver } from '../observability/verification-observer.ts';
import { type RawHandler, writeError } from './handler.ts';
import { readOriginalRequest } from './original-request.ts';

export const AUTHORIZE_PREFIX = '/v1/authorize/';

export interface AuthorizeOptions {
  readonly verifier: Verifier;
  readonly observer: VerificationObserver;
  readonly peers: PeerTrust;
  readonly clock: Clock;
  readonly log: Log;
}

/** A misconfigured proxy asks wrongly on every request; the log says so once a minute. */
const WARNING_INTERVAL_MS = 60_000;

/**
 * `/v1/authorize/{keyspace}`, any method: forward-auth for nginx, Caddy, Traefik and Envoy. Answers to this machine, to
 * trusted proxies and over a Unix socket; for anybody else the address does not exist. An accepted request gets the
 * identity in headers and an empty body, since nginx drops its kept-alive connection on an answer with one.
 */
export function createAuthorizeHandler(options: AuthorizeOptions): RawHandler {
  const { verifier, observer, peers, clock, log } = options;
  const quietUntilMs = new Map<string, number>();

  function warnRarely(keyspace: string, message: string): void {
    const nowMs = clock.monotonicMs();
    if (nowMs < (quietUntilMs.get(keyspace) ?? 0)) return;
    quietUntilMs.set(keyspace, nowMs + WARNING_INTERVAL_MS);
    log.warn({ keyspace }, message);
  }

  function authorize(
    request: IncomingMessage,
    keyspace: Keyspace,
    suffix: string,
  ): VerifiedKey | DenialResponse {
    const { denials } = keyspace;
    const credential = readCredential(keyspace.definition.credential, request.rawHeaders);
    if (credential.kind === 'invalid_request') return denials.invalidRequest;
    if (credential.kind === 'malformed') return denials.invalidToken;

    const { attempt, forwardedFor } = readOriginalRequest(request.rawHeaders, request.method ?? '', suffix);
    const isScoped = keyspace.operations !== null;
    if (isScoped && attempt.kind === 'refused') return denials.invalidRequest;
    const question: VerifyQuestion = {
      keyspace,
      operation: isScoped && attempt.kind === 'known' ? attempt.operation : null,
      scopes: null,
      address: null,
    };
    const presentedKey = credential.kind === 'missing' ? null : credential.presentedKey;
    const resolveAddress = createAddressResolver(request.socket.remoteAddress, forwardedFor);
    const verdict = decide(presentedKey, question, resolveAddress);
    observer.observe(verdict, question, resolveAddress);
    if (!verdict.accepted) {
      if (verdict.reason === 'missing') return denials.unauthenticated;
      return verdict.reason === 'insufficient_scope'
        ? denials.insufficientScope(verdict.openingScopes)
        : denials.invalidToken;
    }
    if (isScoped && attempt.kind === 'unknown') {
      warnRarely(
        keyspace.id,
        'a proxy asks about a keyspace with scopes and does not say for which method and URI; such requests are denied: have it send both',
      );
      return denials.insufficientScope([]);
    }
    return verdict.key;
  }

  /**
   * The client's address is worked out only where a key is not good without it: few ask for it, and it costs as much as the
   * verification. A key denied for another reason is asked about again all the same, so that the time of a denial does not
   * tell a thief that only the address is wrong.
   */
  function decide(
    presentedKey: string | null,
    question: VerifyQuestion,
    resolveAddress: () => ClientAddress | null,
  ): Verdict {
    const verdict = verifier.verify(presentedKey, question);
    if (verdict.accepted) return verdict;
    return verifier.verify(presentedKey, { ...question, address: resolveAddress() });
  }

  /** The proxy's own address is not the client's; unless it says who that is, nobody knows. */
  function createAddressResolver(peer: string | undefined, forwardedFor: readonly string[]) {
    return () =>
      forwardedFor.length === 0
        ? null
        : resolveClientAddress(peer ?? '127.0.0.1', forwardedFor, peers.ranges);
  }

  return (request, response, requestId) => {
    let keyspace: Keyspace | undefined;
    try {
      if (!peers.isTrusted(request)) {
        warnRarely(
          '',
          'forward-auth was asked by a peer that is not trusted; add a proxy to "trusted_proxies"',
        );
        throw new KeyholdError('route_not_found', '');
      }
      const { id, suffix } = splitTarget(request.url ?? '');
      keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
      if (keyspace === undefined) throw new KeyholdError('keyspace_not_found', '');
      const outcome = authorize(request, keyspace, suffix);
      if ('status' in outcome) writeDenial(response, outcome, requestId);
      else writeIdentity(response, outcome, requestId);
    } catch (error) {
      if (keyspace !== undefined && isKeyholdError(error) && error.code === 'lease_lost') {
        writeDenial(response, keyspace.denials.unavailable, requestId);
      } else {
        writeError(response, error, requestId, log);
      }
    }
  };
}

/** `/v1/authorize/esms-africa/api/messages?page=2` → `esms-africa` and `/api/messages?page=2`. */
function splitTarget(url: string): { readonly id: string; readonly suffix: string } {
  const rest = url.slice(AUTHORIZE_PREFIX.length);
  const slash = rest.indexOf('/');
  const mark = rest.indexOf('?');
  // A query right after the keyspace is the proxy's own and tells nothing about the original request.
  if (mark !== -1 && (slash === -1 || mark < slash)) return { id: rest.slice(0, mark), suffix: '' };
  return slash === -1 ? { id: rest, suffix: '' } : { id: rest.slice(0, slash), suffix: rest.slice(slash) };
}

function writeIdentity(response: ServerResponse, key: VerifiedKey, requestId: string): void {
  const headers = [
    'Keyhold-Key-Id',
    key.id,
    'Keyhold-Organization',
    key.organization,
    'Content-Length',
    '0',
    'Cache-Control',
    'no-store',
    REQUEST_ID_HEADER,
    requestId,
  ];
  if (key.environment !== null) headers.push('Keyhold-Environment', key.environment);
  if (key.scopes.length > 0) headers.push('Keyhold-Scopes', key.scopes.join(' '));
  response.writeHead(200, headers);
  response.end();
}
