import { createHash } from 'node:crypto';
import { COMPONENTS, OPERATIONS, type Operation, type OperationId } from '@keyhold/api';
import { describe, expect, test } from 'vitest';
import { issueKey, type Reply, type Send, type TestApi } from './_api.ts';

/** A request that would succeed with the right token. */
export interface ProtectedRequest extends Send {
  readonly path: string;
}

/**
 * The authentication and authorization blocks of one operation: every bad token, a key of a customer's keyspace, and a
 * token with every scope but the one.
 */
export function describeProtectedRoute(
  api: () => TestApi,
  id: OperationId,
  request: () => ProtectedRequest,
): void {
  const operation: Operation = OPERATIONS[id];
  const scope = operation.scope!;
  const send = (options: Send) => {
    const { path, ...good } = request();
    return api().send(path, { method: operation.method, ...good, ...options });
  };
  const withAuthorization = (...values: string[]): Send => ({
    token: null,
    headers: { ...request().headers, authorization: values.length === 1 ? values[0]! : values },
  });

  describe(`${id}: authentication`, () => {
    test('without a token it is 401 with the bare challenge', async () => {
      const reply = await send({ token: null });
      expectProblem(reply, 401, 'unauthenticated');
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="keyhold"');
    });

    test('another scheme counts as no token', async () => {
      const reply = await send(withAuthorization('Basic a2V5OmhvbGQ='));
      expectProblem(reply, 401, 'unauthenticated');
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="keyhold"');
    });

    test("a malformed, an unknown, a revoked token and a customer's own key are the same 401", async () => {
      const unknown = `${api().token.slice(0, -6)}000000`;
      const revoked = await api().createToken(['verify']);
      const list = await api().send('/v1/operators');
      await api().send(`/v1/operators/${list.body.data[0].id}/revoke`, { method: 'POST' });
      const { key } = await issueKey(api(), { organization: 'protected-route' });
      const replies = [];
      for (const token of ['short', unknown, revoked, String(key)]) replies.push(await send({ token }));
      for (const reply of replies) {
        expectProblem(reply, 401, 'unauthenticated');
        expect(reply.headers['www-authenticate']).toBe('Bearer realm="keyhold", error="invalid_token"');
        expect({ ...reply.body, request_id: '' }).toEqual({ ...replies[0]!.body, request_id: '' });
      }
    });

    test('two tokens, or one that breaks the syntax, are 400', async () => {
      const { token } = api();
      expectProblem(
        await send(withAuthorization(`Bearer ${token}`, `Bearer ${token}`)),
        400,
        'invalid_request',
      );
      expectProblem(
        await send(withAuthorization(`Bearer ${token}, Bearer ${token}`)),
        400,
        'invalid_request',
      );
      expectProblem(await send(withAuthorization(`Bearer\t${token}`)), 400, 'invalid_request');
    });

    test('the scheme may be in any case and followed by several spaces', async () => {
      expect((await send(withAuthorization(`bEARER   ${api().token}`))).status).toBeLessThan(300);
    });
  });

  describe(`${id}: authorization`, () => {
    test(`every scope but ${scope} is 403, and the challenge names it`, async () => {
      const token = await api().createToken(OTHER_SCOPES(scope));
      const reply = await send({ token });
      expectProblem(reply, 403, 'insufficient_scope');
      expect(reply.headers['www-authenticate']).toBe(
        `Bearer realm="keyhold", error="insufficient_scope", scope="${scope}"`,
      );
    });

    test(`${scope} alone is enough`, async () => {
      const token = await api().createToken([scope]);
      expect((await send({ token })).status).toBeLessThan(300);
    });
  });
}

function OTHER_SCOPES(scope: string): readonly string[] {
  const all = [
    'verify',
    'attach',
    'keys:read',
    'keys:write',
    'organizations:read',
    'organizations:write',
    'portal:write',
    'audit:read',
    'operators:write',
  ];
  return all.filter((one) => one !== scope);
}

/** A problem as every one is: registered status, stable code, the request's id, never cached. */
export function expectProblem(reply: Reply, status: number, code: string): void {
  expect({ status: reply.status, code: reply.body?.code }).toEqual({ status, code });
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(reply.body.status).toBe(status);
  expect(reply.body.request_id).toBe(reply.headers['keyhold-request-id']);
  expect(COMPONENTS['Problem']!.safeParse(reply.body).success).toBe(true);
}

/** An answer exactly as the table of operations says: its status is listed and its body has the schema's fields and no other. */
export function expectAnswer(reply: Reply, id: OperationId, status: number): void {
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(reply.headers['keyhold-request-id']).toBeDefined();
  const operation: Operation = OPERATIONS[id];
  const schema = operation.answers[status]?.schema;
  if (schema === undefined || schema === null) expect(reply.text).toBe('');
  else expect(schema.parse(reply.body)).toEqual(reply.body);
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
