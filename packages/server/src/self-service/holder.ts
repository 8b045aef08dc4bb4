import type { IncomingMessage } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import { type Credential, type DenialResponse, readCredential } from '@keyhold/core';
import type { SelfServiceRequest } from '@keyhold/gateway';
import type { Actor } from '@keyhold/store';
import type { PortalSessions } from '../portal/portal-sessions.ts';

/** Who manages keys here, and whose. */
export interface Holder {
  readonly organization: string;
  readonly actor: Actor;
}

export type Identified =
  | { readonly ok: true; readonly holder: Holder }
  | { readonly ok: false; readonly denial: DenialResponse };

const BEARER = { header: 'authorization', scheme: 'Bearer' };

/**
 * Finds the organization a request may manage: by portal session, or by one of the organization's own keys where the
 * keyspace lets keys manage keys. Every refusal with a credential has the same bytes, those of a bad key.
 *
 * @throws {KeyholdError} `lease_lost`, `store_unavailable`.
 */
export async function identifyHolder(
  request: IncomingMessage,
  { keyspace, keysMayManage, credential, clientAddress }: SelfServiceRequest,
  verifier: Verifier,
  portalSessions: PortalSessions,
): Promise<Identified> {
  const { denials } = keyspace;
  const presented = orBearer(credential, request);
  if (presented.kind === 'missing') return { ok: false, denial: denials.unauthenticated };
  if (presented.kind === 'invalid_request') return { ok: false, denial: denials.invalidRequest };
  if (presented.kind === 'malformed') return { ok: false, denial: denials.invalidToken };

  if (keysMayManage && credential.kind === 'presented') {
    const verdict = verifier.verify(credential.presentedKey, {
      keyspace,
      operation: null,
      scopes: null,
      address: clientAddress,
    });
    if (verdict.accepted) {
      const { organization, id: keyId, generation } = verdict.key;
      return { ok: true, holder: { organization, actor: { kind: 'key', keyId, generation } } };
    }
  }
  const session = await portalSessions.read(presented.presentedKey);
  if (session === null || session.keyspace !== keyspace.id)
    return { ok: false, denial: denials.invalidToken };
  const { organization, id } = session;
  return { ok: true, holder: { organization, actor: { kind: 'portal_session', id } } };
}

/** A session is a bearer token also where the keyspace's keys stand in a header of their own. */
function orBearer(credential: Credential, request: IncomingMessage): Credential {
  return credential.kind === 'missing' ? readCredential(BEARER, request.rawHeaders) : credential;
}
