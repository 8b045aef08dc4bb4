import type { IncomingMessage } from 'node:http';
import type { VerifiedKey, Verifier, VerifyQuestion } from '@keyhold/coherence';
import { KeyholdError, OPERATOR_KEYSPACE, type OperatorScope, readCredential } from '@keyhold/core';
import type { Actor } from '@keyhold/store';

/** The operator behind a request, as of the moment it was asked. */
export interface AuthenticatedOperator {
  /** Null: every keyspace. */
  readonly keyspaces: readonly string[] | null;
  /** Re-read inside the transaction of every mutation; `system` is the process itself, which owns the store. */
  readonly actor: Actor & { readonly kind: 'operator' | 'person' | 'system' };
}

export type OperatorAuthentication =
  | { readonly ok: true; readonly operator: AuthenticatedOperator }
  | {
      readonly ok: false;
      readonly error: KeyholdError;
      /** For `WWW-Authenticate` (RFC 6750 §3). */
      readonly challenge: string;
    };

/** Decides who calls a management or verification endpoint. */
export interface OperatorAuthenticator {
  /**
   * @param scope what the token must hold; null: any good operator token.
   * @throws {KeyholdError} `lease_lost` when nothing can be decided.
   */
  authenticate(request: IncomingMessage, scope: OperatorScope | null): OperatorAuthentication;
}

/** Where an operator's token stands. */
export const OPERATOR_CREDENTIAL = { header: 'authorization', scheme: 'Bearer' };
const CHALLENGE = `Bearer realm="${OPERATOR_KEYSPACE}"`;

const MISSING = toDenial(
  'unauthenticated',
  'There is no bearer token; send "Authorization: Bearer" with an operator token.',
  '',
);
/** For every token that is not good, whatever the cause. */
export const INVALID_TOKEN = toDenial(
  'unauthenticated',
  'The token is not good; send an operator token that is neither revoked nor expired.',
  ', error="invalid_token"',
);
const INVALID_REQUEST = toDenial(
  'invalid_request',
  'The Authorization header is malformed or stands twice; send it once, as "Bearer", one space and the token.',
  ', error="invalid_request"',
);

/** @param verifier counts what it decides; operator tokens are keys like others. */
export function createOperatorAuthenticator(verifier: Verifier): OperatorAuthenticator {
  return {
    authenticate(request, scope) {
      const keyspace = verifier.keyspace(OPERATOR_KEYSPACE);
      if (keyspace === undefined) {
        throw new KeyholdError('lease_lost', 'The key table is not loaded yet; repeat the call shortly.');
      }
      const credential = readCredential(OPERATOR_CREDENTIAL, request.rawHeaders);
      if (credential.kind === 'invalid_request') return INVALID_REQUEST;
      if (credential.kind === 'malformed') return INVALID_TOKEN;
      const question: VerifyQuestion = {
        keyspace,
        operation: null,
        scopes: scope === null ? null : [scope],
        address: null,
      };
      const verdict = verifier.verify(
        credential.kind === 'missing' ? null : credential.presentedKey,
        question,
      );
      if (!verdict.accepted) {
        if (verdict.reason === 'missing') return MISSING;
        return verdict.reason === 'insufficient_scope' && scope !== null ? denyScope(scope) : INVALID_TOKEN;
      }
      return { ok: true, operator: new VerifiedOperator(verdict.key) };
    },
  };
}

const OWNER: AuthenticatedOperator = { keyspaces: null, actor: { kind: 'system', name: 'embedded' } };

/** The same, and the requests of the process itself go without a token: who has the process has the store. */
export function withOwner(
  operators: OperatorAuthenticator,
  isOwn: (request: IncomingMessage) => boolean = () => false,
): OperatorAuthenticator {
  return {
    authenticate: (request, scope) =>
      isOwn(request) ? { ok: true, operator: OWNER } : operators.authenticate(request, scope),
  };
}

/**
 * Reads each part when it is asked for: the hot path needs only the keyspaces. None of these parts of a key ever changes,
 * so when they are read does not matter.
 */
class VerifiedOperator implements AuthenticatedOperator {
  readonly #key: VerifiedKey;
  #operator: VerifiedKey['operator'] | undefined;

  constructor(key: VerifiedKey) {
    this.#key = key;
  }

  get keyspaces(): readonly string[] | null {
    this.#operator ??= this.#key.operator;
    // A key of this keyspace without an operator cannot be made; if there were one it would reach nothing.
    return this.#operator === null ? [] : this.#operator.keyspaces;
  }

  get actor(): AuthenticatedOperator['actor'] {
    return { kind: 'operator', keyId: this.#key.id, generation: this.#key.generation };
  }
}

/** Whether an operator may see and touch a keyspace. The keyspace of operator tokens itself is nobody's. */
export function maySee(operator: AuthenticatedOperator, keyspace: string): boolean {
  return (
    keyspace !== OPERATOR_KEYSPACE && (operator.keyspaces === null || operator.keyspaces.includes(keyspace))
  );
}

/** A refusal, with what `WWW-Authenticate` says of it besides the realm. */
export function toDenial(
  code: 'unauthenticated' | 'invalid_request' | 'insufficient_scope',
  message: string,
  parameters: string,
): OperatorAuthentication & { readonly ok: false } {
  return { ok: false, error: new KeyholdError(code, message), challenge: CHALLENGE + parameters };
}

function denyScope(scope: OperatorScope): OperatorAuthentication {
  return toDenial(
    'insufficient_scope',
    `The token does not have the scope "${scope}"; use one that has.`,
    `, error="insufficient_scope", scope="${scope}"`,
  );
}
