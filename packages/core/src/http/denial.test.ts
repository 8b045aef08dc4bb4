import { describe, expect, test } from 'vitest';
import { defaultKeyspaceDefinition, type KeyspaceDefinition } from '../keyspace-definition.ts';
import { compileDenials, type DenialResponse, type DenialResponses } from './denial.ts';

function compile(changes: Partial<KeyspaceDefinition> = {}) {
  return compileDenials({ ...defaultKeyspaceDefinition(), realm: 'esms-africa', ...changes });
}

function header({ headers }: DenialResponse, name: string): string | undefined {
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : headers[at + 1];
}

describe('by RFC 6750', () => {
  test.each<[string, (denials: DenialResponses) => DenialResponse, number, string | undefined]>([
    ['no credential', (denials) => denials.unauthenticated, 401, 'Bearer realm="esms-africa"'],
    [
      'a bad one',
      (denials) => denials.invalidToken,
      401,
      'Bearer realm="esms-africa", error="invalid_token"',
    ],
    [
      'a malformed request',
      (denials) => denials.invalidRequest,
      400,
      'Bearer realm="esms-africa", error="invalid_request"',
    ],
    [
      'a scope too few',
      (denials) => denials.insufficientScope(['send', 'query']),
      403,
      'Bearer realm="esms-africa", error="insufficient_scope", scope="send query"',
    ],
    [
      'an operation without scopes',
      (denials) => denials.insufficientScope([]),
      403,
      'Bearer realm="esms-africa", error="insufficient_scope"',
    ],
    ['nothing decided', (denials) => denials.unavailable, 503, undefined],
  ])('%s is answered with its status and challenge', (_, choose, status, challenge) => {
    const denial = choose(compile());
    expect(denial.status).toBe(status);
    expect(header(denial, 'www-authenticate')).toBe(challenge);
  });
});

describe('every denial', () => {
  function all(): readonly DenialResponse[] {
    const denials = compile();
    const { unauthenticated, invalidToken, invalidRequest, unavailable } = denials;
    return [unauthenticated, invalidToken, invalidRequest, unavailable, denials.insufficientScope(['send'])];
  }

  test('is not stored, tells its length and is problem details', () => {
    for (const denial of all()) {
      expect(header(denial, 'cache-control')).toBe('no-store');
      expect(header(denial, 'content-length')).toBe(String(denial.body.length));
      expect(header(denial, 'content-type')).toBe('application/problem+json');
    }
  });

  test('has its own code, the type that goes with it, and a title', () => {
    const problems = all().map((denial) => JSON.parse(denial.body.toString()));
    const problem = (status: number, code: string, title: string) => ({
      type: `urn:keyhold:problem:${code}`,
      title,
      status,
      code,
    });
    expect(problems).toEqual([
      problem(401, 'unauthorized', 'Unauthorized'),
      problem(401, 'unauthorized', 'Unauthorized'),
      problem(400, 'invalid_request', 'Invalid request'),
      problem(503, 'unavailable', 'Service unavailable'),
      problem(403, 'insufficient_scope', 'Insufficient scope'),
    ]);
  });
});

test('an unavailable service says when to come back', () => {
  expect(header(compile().unavailable, 'retry-after')).toBe('1');
});

test('a configured body is sent byte for byte as compact JSON, for every 401', () => {
  const { unauthenticated, invalidToken } = compile({
    errors: {
      unauthorized: { statusCode: 401, error: 'Unauthorized', message: 'Invalid or expired token — é' },
    },
  });
  for (const denial of [unauthenticated, invalidToken]) {
    expect(denial.body.toString()).toBe(
      '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token — é"}',
    );
    expect(header(denial, 'content-length')).toBe(String(Buffer.byteLength(denial.body.toString())));
    expect(header(denial, 'content-type')).toBe('application/json');
  }
});

test('each of the other bodies can be configured on its own', () => {
  const own = compile({
    errors: { forbidden: { no: 403 }, invalidRequest: { no: 400 }, unavailable: { no: 503 } },
  });
  expect(own.insufficientScope(['a']).body.toString()).toBe('{"no":403}');
  expect(own.invalidRequest.body.toString()).toBe('{"no":400}');
  expect(own.unavailable.body.toString()).toBe('{"no":503}');
  expect(header(own.invalidToken, 'content-type')).toBe('application/problem+json');
});

describe('a credential that is not Bearer', () => {
  test.each<[string, KeyspaceDefinition['credential'], string]>([
    ['another scheme', { header: 'authorization', scheme: 'Token' }, 'Token realm="esms-africa"'],
    ['a bare header', { header: 'x-api-key', scheme: null }, 'ApiKey realm="esms-africa"'],
  ])('%s is challenged with its realm, with a credential and without', (_, credential, challenge) => {
    const own = compile({ credential });
    expect(header(own.unauthenticated, 'www-authenticate')).toBe(challenge);
    expect(header(own.invalidToken, 'www-authenticate')).toBe(challenge);
    for (const denial of [own.invalidRequest, own.insufficientScope(['send'])]) {
      expect(denial.headers).toHaveLength(6);
      expect(header(denial, 'www-authenticate')).toBeUndefined();
    }
  });

  test('the scheme is Bearer in any case', () => {
    const { invalidToken } = compile({ credential: { header: 'authorization', scheme: 'bearer' } });
    expect(header(invalidToken, 'www-authenticate')).toContain('error="invalid_token"');
  });
});

test('the answer for a list of scopes is made once, and only so many are kept', () => {
  const fresh = compile();
  const [first, ...others] = Array.from({ length: 256 }, (_, i) => fresh.insufficientScope([`s${i}`]));
  expect(fresh.insufficientScope(['s0'])).toBe(first);
  expect(fresh.insufficientScope(['s255'])).toBe(others.at(-1));
  expect(fresh.insufficientScope(['more'])).not.toBe(fresh.insufficientScope(['more']));
  expect(fresh.insufficientScope(['more'])).toEqual(fresh.insufficientScope(['more']));
});

test.each(['a"b', 'a\\b', 'a\r\nSet-Cookie: x', 'é', '', 'x'.repeat(201)])(
  'the realm %j is refused',
  (realm) => {
    expect(() => compile({ realm })).toThrow(expect.objectContaining({ code: 'configuration_invalid' }));
  },
);
