import type { Verifier } from '@keyhold/coherence';
import type { PageHandler } from '@keyhold/gateway';
import { readMountedTarget } from '../http/keyspace-mount.ts';
import type { PeerTrust } from '../http/peer.ts';
import { isSecureRequest } from '../http/secure-request.ts';
import type { Log } from '../observability/log.ts';
import { type RawHandler, writeError } from '../verification/handler.ts';
import { PORTAL_PREFIX } from './page-addresses.ts';

/** The API Keys page of every keyspace on the management port: `/portal/{keyspace}`. */
export function createPortalMount(options: {
  readonly page: PageHandler;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly peers: PeerTrust;
  /** Where this listener is reached from outside; null: not known. */
  readonly publicUrl: URL | null;
  readonly log: Log;
}): RawHandler {
  const { page, verifier, peers, publicUrl, log } = options;
  return (request, response, requestId) => {
    try {
      const mounted = readMountedTarget(request, PORTAL_PREFIX, verifier);
      const isSecure = isSecureRequest(request, publicUrl);
      const clientAddress = peers.clientAddress(request);
      void page(request, response, { ...mounted, clientAddress, requestId, isSecure });
    } catch (error) {
      writeError(response, error, requestId, log);
    }
  };
}
