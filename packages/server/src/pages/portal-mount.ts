import type { IncomingMessage } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import { KeyholdError, OPERATOR_KEYSPACE, readRequestTarget, resolveClientAddress } from '@keyhold/core';
import type { PageHandler } from '@keyhold/gateway';
import { writeProblem } from '../http/answer.ts';
import type { PeerTrust } from '../http/peer.ts';
import { toProblem } from '../http/problem.ts';
import type { RawHandler } from '../verification/handler.ts';
import { PORTAL_PREFIX } from './page-addresses.ts';

/** The API Keys page of every keyspace on the management port: `/portal/{keyspace}`. */
export function createPortalMount(options: {
  readonly page: PageHandler;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly peers: PeerTrust;
  /** Where this listener is reached from outside; null: not known. */
  readonly publicUrl: URL | null;
}): RawHandler {
  const { page, verifier, peers, publicUrl } = options;
  return (request, response, requestId) => {
    const target = readRequestTarget(request.url ?? '');
    const [, id = '', subPath = ''] = target.ok ? (/^\/portal\/([^/]+)(.*)$/.exec(target.path) ?? []) : [];
    const keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
    if (!target.ok || target.authority !== null || keyspace === undefined) {
      writeProblem(response, toProblem(notHere(target.ok), requestId), [], requestId);
      return;
    }
    const isSecure = publicUrl === null ? 'encrypted' in request.socket : publicUrl.protocol === 'https:';
    void page(request, response, {
      keyspace,
      mount: PORTAL_PREFIX + id,
      subPath,
      query: target.query,
      clientAddress: toClientAddress(request, peers),
      requestId,
      isSecure,
    });
  };
}

function notHere(isCanonical: boolean): KeyholdError {
  return isCanonical
    ? new KeyholdError('route_not_found', '')
    : new KeyholdError('invalid_request', 'The path is not in its one canonical spelling.');
}

function toClientAddress(request: IncomingMessage, peers: PeerTrust) {
  const forwardedFor = request.headersDistinct['x-forwarded-for'] ?? [];
  return resolveClientAddress(request.socket.remoteAddress ?? '', forwardedFor, peers.ranges);
}
