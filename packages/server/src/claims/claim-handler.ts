import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClaimedKeyBody, type ClaimLinkBody, claimRequest, lookAtClaimLink } from '@keyhold/api';
import type { Verifier } from '@keyhold/coherence';
import { type Clock, formatClientAddress, formatInstant, KeyholdError } from '@keyhold/core';
import type { ClaimLinkRecord } from '@keyhold/store';
import type { GuideDefinition } from '../guide/guide-definition.ts';
import { writeAnswer, writeJson, writeProblem } from '../http/answer.ts';
import { checkMediaType, readBody } from '../http/body.ts';
import { validate } from '../http/field-errors.ts';
import { readJson } from '../http/json-reader.ts';
import type { PeerTrust } from '../http/peer.ts';
import { toProblem } from '../http/problem.ts';
import type { Log } from '../observability/log.ts';
import { type RawHandler, writeError } from '../verification/handler.ts';
import type { ClaimLinks, Follower } from './claim-links.ts';
import { CLAIM_PAGE, CLAIM_PAGE_HEADERS, CLAIM_SCRIPT_ANSWER, CLAIM_SCRIPT_PATH } from './claim-page.ts';

export interface ClaimHandlerOptions {
  readonly claimLinks: ClaimLinks;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly guides: readonly GuideDefinition[];
  /** Where this listener is reached, without a slash at the end. */
  readonly address: () => string;
  readonly peers: PeerTrust;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_BODY_BYTES = 4_096;

/** The page of a claim link, and what it asks for. Only a POST claims: whoever looks at links for their reader burns none. */
export function createClaimHandler(options: ClaimHandlerOptions): RawHandler {
  const { claimLinks, verifier, guides, address, peers, clock, log } = options;

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { token, isLook }: { readonly token: string; readonly isLook: boolean },
    requestId: string,
  ): Promise<void> {
    checkMediaType(request, 'application/json');
    const bytes = await readBody(request, MAX_BODY_BYTES, clock);
    if (bytes === null) return;
    const follower = { requestId, sourceAddress: readSourceAddress(request) };
    const value = readJson(bytes);
    const body = isLook ? await look(token, value, follower) : await claim(token, value, follower);
    writeJson(response, 200, body, requestId);
  }

  async function look(token: string, value: unknown, follower: Follower): Promise<ClaimLinkBody> {
    const { secret } = validate(lookAtClaimLink, value, noRules);
    return toOffer(await claimLinks.look({ token, secret }, follower));
  }

  async function claim(token: string, value: unknown, follower: Follower): Promise<ClaimedKeyBody> {
    const { secret, passphrase = null } = validate(claimRequest, value, noRules);
    const { record, presentedKey } = await claimLinks.claim({ token, secret }, passphrase, follower);
    const guide = guides.find(({ keyspace }) => keyspace === record.keyspace);
    return {
      key: presentedKey,
      variable: guide?.variable ?? 'API_KEY',
      guide_url: guide?.isPublic === true ? `${address()}/guides/${guide.keyspace}` : null,
    };
  }

  function toOffer({ key, hasPassphrase, expiresAtMs }: ClaimLinkRecord): ClaimLinkBody {
    const guide = guides.find(({ keyspace }) => keyspace === key.keyspace);
    return {
      title: verifier.keyspace(key.keyspace)?.definition.title ?? guide?.title ?? key.keyspace,
      name: key.name,
      organization: key.organization,
      environment: key.environment,
      scopes: key.scopes,
      expires_at: formatInstant(expiresAtMs),
      has_passphrase: hasPassphrase,
    };
  }

  function readSourceAddress(request: IncomingMessage): string | null {
    const client = peers.clientAddress(request);
    return client === null ? null : formatClientAddress(client);
  }

  return (request, response, requestId) => {
    const { method = '', url = '' } = request;
    const isRead = method === 'GET' || method === 'HEAD';
    const [, token, look] = /^\/claim\/([A-Za-z0-9_-]+)(\/look)?$/.exec(url) ?? [];
    if (url === CLAIM_SCRIPT_PATH && isRead) return writeAnswer(response, CLAIM_SCRIPT_ANSWER, requestId);
    if (token === undefined) return refuse(new KeyholdError('route_not_found', ''), []);
    const isLook = look !== undefined;
    if (isRead && !isLook) {
      const page = { status: 200, headers: CLAIM_PAGE_HEADERS, body: CLAIM_PAGE };
      return writeAnswer(response, page, requestId);
    }
    const allow = isLook ? 'POST' : 'GET, HEAD, POST';
    if (method !== 'POST') {
      return refuse(new KeyholdError('method_not_allowed', `This address answers to ${allow}.`), [
        'Allow',
        allow,
      ]);
    }
    answer(request, response, { token, isLook }, requestId).catch((error: unknown) =>
      writeError(response, error, requestId, log),
    );
    function refuse(error: KeyholdError, headers: readonly string[]): void {
      writeProblem(response, toProblem(error, requestId), headers, requestId);
    }
  };
}

/** A schema says all there is to say. */
const noRules = () => [];
