import type { ServerResponse } from 'node:http';
import { MAX_BODY_BYTES, OPERATIONS } from '@keyhold/api';
import type { Verdict, VerifyQuestion } from '@keyhold/coherence';
import {
  type FieldError,
  formatInstant,
  KeyholdError,
  type Keyspace,
  OPERATOR_KEYSPACE,
  parseClientAddress,
  REASONS,
  type Reason,
} from '@keyhold/core';
import { keyspaceNotFound } from '@keyhold/store';
import type { z } from 'zod';
import { REQUEST_ID_HEADER, writeProblem } from '../http/answer.ts';
import { checkMediaType, receiveBody } from '../http/body.ts';
import { validate } from '../http/field-errors.ts';
import { readJson } from '../http/json-reader.ts';
import { toProblem } from '../http/problem.ts';
import { type AuthenticatedOperator, maySee } from '../operators/operator-authenticator.ts';
import { type RawHandler, type VerificationOptions, writeError } from './handler.ts';
import { parseOperationAttempt } from './operation-attempt.ts';

const { schema } = OPERATIONS.verify.body;
type VerifyBody = z.output<typeof schema>;

/** How long a call waits for its `min_seq`: what a healthy node needs many times over, less than a client's patience. */
const MIN_SEQ_WAIT_MS = 3_000;

/**
 * `POST /v1/verify`, straight on `node:http`: this call stands in the way of every request of somebody's API. One
 * synchronous verification for the caller's token and one for the key, both from memory.
 */
export function createVerifyHandler(options: VerificationOptions): RawHandler {
  const { verifier, cluster, authenticator, observer, log } = options;

  function decide(operator: AuthenticatedOperator, body: VerifyBody): string {
    const keyspace = findKeyspace(body.keyspace);
    if (keyspace !== null && !maySee(operator, keyspace.id)) return toDenial('unknown');
    const question: VerifyQuestion = {
      keyspace,
      operation: body.operation === undefined ? null : parseOperationAttempt(body.operation),
      scopes: body.scopes ?? null,
      address: body.client_ip === undefined ? null : parseClientAddress(body.client_ip),
    };
    const verdict = verifier.verify(body.key, question);
    // What the caller may not see does not exist for them, and was not used by them either.
    if (verdict.key !== null && !maySee(operator, verdict.key.keyspace.id)) return toDenial('unknown');
    observer.observe(verdict, question);
    return verdict.accepted ? toAcceptance(verdict) : toDenial(verdict.reason);
  }

  function findKeyspace(id: string | undefined): Keyspace | null {
    if (id === undefined) return null;
    const keyspace = id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
    if (keyspace !== undefined) return keyspace;
    throw keyspaceNotFound();
  }

  /** Out of the hot path: only a caller that has just changed something asks for this. */
  async function awaitChange(seq: number): Promise<void> {
    if (await cluster.reached(seq, MIN_SEQ_WAIT_MS)) return;
    throw new KeyholdError('lease_lost', 'This node has not applied "min_seq" yet; repeat the call.');
  }

  function answer(
    response: ServerResponse,
    operator: AuthenticatedOperator,
    bytes: Buffer,
    requestId: string,
  ): void {
    const body = validate(schema, readJson(bytes), checkMeaning);
    const write = () => writeVerdict(response, decide(operator, body), requestId);
    if (body.min_seq === undefined) write();
    else
      awaitChange(body.min_seq)
        .then(write)
        .catch((error: unknown) => writeError(response, error, requestId, log));
  }

  return (request, response, requestId) => {
    try {
      const authentication = authenticator.authenticate(request, OPERATIONS.verify.scope);
      if (!authentication.ok) {
        const challenge = ['WWW-Authenticate', authentication.challenge];
        return writeProblem(response, toProblem(authentication.error, requestId), challenge, requestId);
      }
      checkMediaType(request, 'application/json');
      receiveBody(request, MAX_BODY_BYTES, (error, bytes) => {
        if (error !== null) return writeError(response, error, requestId, log);
        try {
          answer(response, authentication.operator, bytes, requestId);
        } catch (failure) {
          writeError(response, failure, requestId, log);
        }
      });
    } catch (error) {
      writeError(response, error, requestId, log);
    }
  };
}

function checkMeaning(body: {
  readonly operation?: string | undefined;
  readonly client_ip?: string | undefined;
}): readonly FieldError[] {
  const fields: FieldError[] = [];
  if (body.operation !== undefined && parseOperationAttempt(body.operation) === null) {
    fields.push({
      pointer: '/operation',
      message: 'must be a method in upper case, one space and a canonical path: "GET /messages"',
    });
  }
  if (body.client_ip !== undefined && parseClientAddress(body.client_ip) === null) {
    fields.push({ pointer: '/client_ip', message: 'must be an IPv4 or IPv6 address without a port' });
  }
  return fields;
}

const DENIALS: ReadonlyMap<Reason, string> = new Map(
  REASONS.map((reason) => [reason, JSON.stringify({ valid: false, reason })]),
);

function toDenial(reason: Reason): string {
  return DENIALS.get(reason)!;
}

/**
 * Written by hand, since it stands in every good request's way: only a name can hold what JSON has to escape, the other
 * texts are of the alphabets of ids, environments and scopes.
 */
function toAcceptance({ key }: Verdict & { readonly accepted: true }): string {
  const { environment, expiresAtMs } = key;
  return `{"valid":true,"key_id":"${key.id}","keyspace":"${key.keyspace.id}","organization":"${key.organization}","environment":${
    environment === null ? 'null' : `"${environment}"`
  },"scopes":${toJsonList(key.scopes)},"name":${JSON.stringify(key.name)},"expires_at":${
    expiresAtMs === null ? 'null' : `"${formatInstant(expiresAtMs)}"`
  }}`;
}

function toJsonList(scopes: readonly string[]): string {
  return scopes.length === 0 ? '[]' : `["${scopes.join('","')}"]`;
}

function writeVerdict(response: ServerResponse, body: string, requestId: string): void {
  response.writeHead(200, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    REQUEST_ID_HEADER,
    requestId,
  ]);
  response.end(body);
}
