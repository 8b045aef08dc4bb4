import type { Verdict, Verifier } from '@keyhold/coherence';
import {
  type ClientAddress,
  type Credential,
  type DenialResponse,
  isKeyholdError,
  type Keyspace,
  toDenial,
} from '@keyhold/core';
import type { GatewayLog } from './ports.ts';

export { toDenial };

export type AcceptedVerdict = Extract<Verdict, { accepted: true }>;

export interface AccessQuestion {
  readonly keyspace: Keyspace;
  readonly credential: Credential;
  readonly method: string;
  readonly path: string;
  readonly address: ClientAddress | null;
}

/**
 * Puts one request's credential to the verifier. A denial comes back as the answer to send: all causes but a missing
 * credential and a missing scope share one, so that it tells nothing.
 */
export function decideAccess(
  verifier: Verifier,
  question: AccessQuestion,
  log: GatewayLog,
): AcceptedVerdict | DenialResponse {
  const { keyspace, credential, method, path, address } = question;
  if (credential.kind === 'invalid_request') return keyspace.denials.invalidRequest;
  try {
    const verdict = verifier.verify(toPresentedKey(credential), {
      keyspace,
      operation: { method, path },
      scopes: null,
      address,
    });
    return verdict.accepted ? verdict : toDenial(keyspace, verdict.reason, verdict.openingScopes);
  } catch (error) {
    if (!isKeyholdError(error) || error.code !== 'lease_lost') {
      log.error({ err: error, keyspace: keyspace.id }, 'A key could not be checked; the request got 503.');
    }
    return keyspace.denials.unavailable;
  }
}

/** No key is empty, so a credential that can be none takes the same way as every other. */
function toPresentedKey(credential: Credential): string | null {
  if (credential.kind === 'presented') return credential.presentedKey;
  return credential.kind === 'missing' ? null : '';
}
