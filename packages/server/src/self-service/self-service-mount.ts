import type { Verifier } from '@keyhold/coherence';
import { isCanonicalPath, readCredential } from '@keyhold/core';
import type { SelfServiceHandler } from '@keyhold/gateway';
import { readMountedTarget } from '../http/keyspace-mount.ts';
import type { PeerTrust } from '../http/peer.ts';
import type { Log } from '../observability/log.ts';
import { type RawHandler, writeError } from '../verification/handler.ts';

export const SELF_SERVICE_PREFIX = '/v1/self-service/';

/** Where an application has mounted self-service; the links of an answer lead there. Decides nothing. */
const MOUNT_HEADER = 'keyhold-mount';

/**
 * `/v1/self-service/{keyspace}`: what the gateway serves at a keyspace's `self_service` path, for an application that
 * mounts it in a process of its own. The customer's credential is the only one there is: a portal session, or, where the
 * configuration says `keys_may_manage`, one of the organization's keys.
 */
export function createSelfServiceMount(options: {
  readonly selfService: SelfServiceHandler;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly peers: PeerTrust;
  readonly log: Log;
}): RawHandler {
  const { selfService, verifier, peers, log } = options;
  return (request, response, requestId) => {
    try {
      const mounted = readMountedTarget(request, SELF_SERVICE_PREFIX, verifier);
      const { definition } = mounted.keyspace;
      const [seenAt = '', ...others] = request.headersDistinct[MOUNT_HEADER] ?? [];
      void selfService(request, response, {
        ...mounted,
        ...(others.length === 0 && isCanonicalPath(seenAt) && { mount: seenAt }),
        keysMayManage: definition.gateway?.selfService?.keysMayManage ?? false,
        credential: readCredential(definition.credential, request.rawHeaders),
        clientAddress: peers.clientAddress(request),
        requestId,
      });
    } catch (error) {
      writeError(response, error, requestId, log);
    }
  };
}
