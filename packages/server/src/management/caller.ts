import type { IncomingMessage } from 'node:http';
import { CONSOLE_HEADER, type Operation } from '@keyhold/api';
import { KeyholdError, type OperatorScope, scopesOfRole } from '@keyhold/core';
import type { ConsoleSessionRecord } from '@keyhold/store';
import type { ConsoleAccess } from '../console/console-access.ts';
import { createConsoleCookie } from '../console/console-cookie.ts';
import { isSecureRequest } from '../http/secure-request.ts';
import {
  type AuthenticatedOperator,
  type OperatorAuthentication,
  type OperatorAuthenticator,
  toDenial,
} from '../operators/operator-authenticator.ts';
import { requireOwnPage } from '../pages/cross-site.ts';

/** Who calls: an operator token, or a person in the console. */
export interface Caller {
  readonly operator: AuthenticatedOperator;
  /** Null for a token, and before anybody is logged in. */
  readonly session: ConsoleSessionRecord | null;
}

export type CallerAuthentication =
  | { readonly ok: true; readonly caller: Caller }
  | (OperatorAuthentication & { readonly ok: false });

export interface CallerAuthenticator {
  /**
   * @throws {KeyholdError} `invalid_request` for a call that carries the console's cookie and is not the console's own,
   *   `lease_lost`, `store_unavailable`.
   */
  authenticate(
    request: IncomingMessage,
    operation: Pick<Operation, 'face' | 'method' | 'scope'>,
  ): Promise<CallerAuthentication>;
}

/** How long after proving who they are a person may do what is dangerous. */
export const PROOF_MAX_AGE_MS = 10 * 60_000;

/** Who stands at the door has no credential yet; what they ask for is proved by what they send. */
const AT_THE_DOOR: Caller = {
  operator: { keyspaces: null, actor: { kind: 'system', name: 'console' } },
  session: null,
};

export function createCallerAuthenticator(options: {
  readonly operators: OperatorAuthenticator;
  readonly consoleAccess: Pick<ConsoleAccess, 'read'>;
  readonly publicUrl: URL | null;
}): CallerAuthenticator {
  const { operators, consoleAccess, publicUrl } = options;

  async function readSession(request: IncomingMessage): Promise<ConsoleSessionRecord | null> {
    const token = createConsoleCookie(isSecureRequest(request, publicUrl)).read(request);
    if (token === null) return null;
    requireOwnPage(request, CONSOLE_HEADER);
    return await consoleAccess.read(token);
  }

  return {
    async authenticate(request, { face, method, scope }) {
      if (face === 'console_door') {
        // Reads are links, which a browser follows from anywhere.
        if (method !== 'GET') requireOwnPage(request, CONSOLE_HEADER);
        return { ok: true, caller: AT_THE_DOOR };
      }
      const isToken = request.headers.authorization !== undefined;
      const session = isToken ? null : await readSession(request);
      if (session === null) {
        if (face === 'console') return NOT_LOGGED_IN;
        const authentication = operators.authenticate(request, scope);
        return authentication.ok
          ? { ok: true, caller: { operator: authentication.operator, session: null } }
          : authentication;
      }
      if (scope !== null && !scopesOfRole(session.person.role).includes(scope)) return denyRole(scope);
      const actor = { kind: 'person', sessionId: session.id } as const;
      return { ok: true, caller: { operator: { keyspaces: null, actor }, session } };
    },
  };
}

const NOT_LOGGED_IN = toDenial('unauthenticated', 'Nobody is logged in; log in to the console.', '');

function denyRole(scope: OperatorScope): CallerAuthentication {
  const message = `Your role does not have the scope "${scope}"; ask an owner.`;
  return toDenial('insufficient_scope', message, `, error="insufficient_scope", scope="${scope}"`);
}

/**
 * For what is dangerous: a browser that somebody left open is not enough. A token has nothing to prove but itself.
 *
 * @param body valid; null: there is none.
 * @throws {KeyholdError} `reauthentication_required`.
 */
export function requireRecentProof(
  { dangerous }: Pick<Operation, 'dangerous'>,
  body: unknown,
  { session }: Caller,
  nowMs: number,
): void {
  if (dangerous === undefined || session === null) return;
  if (nowMs - session.authenticatedAtMs < PROOF_MAX_AGE_MS) return;
  const fields = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  if (dangerous !== true && !dangerous.some((field) => fields.includes(field))) return;
  throw new KeyholdError(
    'reauthentication_required',
    'It is more than ten minutes since you proved who you are. Enter your password again.',
  );
}
