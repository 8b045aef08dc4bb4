import { type IntrospectAnswer, MAX_BODY_BYTES, OPERATIONS } from '@keyhold/api';
import type { VerifyQuestion } from '@keyhold/coherence';
import { KeyholdError } from '@keyhold/core';
import { writeJson, writeProblem } from '../http/answer.ts';
import { checkMediaType, receiveBody } from '../http/body.ts';
import { toProblem } from '../http/problem.ts';
import { type AuthenticatedOperator, maySee } from '../operators/operator-authenticator.ts';
import { type RawHandler, type VerificationOptions, writeError } from './handler.ts';

const ANY_KEY: VerifyQuestion = { keyspace: null, operation: null, scopes: null, address: null };

/**
 * `POST /v1/introspect` (RFC 7662). `client_id` is the key's id, `sub` its organization, `aud` its keyspace. There is no
 * `iat`: when a key was issued is not part of what verification keeps in memory.
 */
export function createIntrospectHandler(options: VerificationOptions): RawHandler {
  const { verifier, authenticator, observer, log } = options;

  function introspect(operator: AuthenticatedOperator, token: string): IntrospectAnswer {
    const verdict = verifier.verify(token, ANY_KEY);
    if (verdict.key !== null && !maySee(operator, verdict.key.keyspace.id)) return { active: false };
    observer.observe(verdict, ANY_KEY);
    if (!verdict.accepted) return { active: false };
    const { id, organization, keyspace, scopes, expiresAtMs } = verdict.key;
    return {
      active: true,
      token_type: 'Bearer',
      client_id: id,
      sub: organization,
      aud: keyspace.id,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(expiresAtMs !== null && { exp: Math.floor(expiresAtMs / 1000) }),
    };
  }

  return (request, response, requestId) => {
    try {
      const authentication = authenticator.authenticate(request, OPERATIONS.introspect.scope);
      if (!authentication.ok) {
        const challenge = ['WWW-Authenticate', authentication.challenge];
        return writeProblem(response, toProblem(authentication.error, requestId), challenge, requestId);
      }
      checkMediaType(request, OPERATIONS.introspect.body.mediaType);
      receiveBody(request, MAX_BODY_BYTES, (error, bytes) => {
        if (error !== null) return writeError(response, error, requestId, log);
        try {
          writeJson(response, 200, introspect(authentication.operator, readToken(bytes)), requestId);
        } catch (failure) {
          writeError(response, failure, requestId, log);
        }
      });
    } catch (error) {
      writeError(response, error, requestId, log);
    }
  };
}

/** Other parameters, `token_type_hint` among them, are not looked at (RFC 7662 §2.1). */
function readToken(bytes: Buffer): string {
  const tokens = new URLSearchParams(bytes.toString()).getAll('token');
  if (tokens.length === 1) return tokens[0]!;
  throw new KeyholdError('invalid_request', 'The form must have exactly one field "token".');
}
