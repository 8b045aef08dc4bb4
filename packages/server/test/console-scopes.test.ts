import { OPERATIONS, type Operation } from '@keyhold/api';
import { PERSON_ROLES, type PersonRole, scopesOfRole } from '@keyhold/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, startTestApi, type TestApi } from './_api.ts';
import { join, OWN_PAGE, setUpConsole, type TestBrowser } from './_console.ts';

// Every operation of the table, so that one which is added later is asked the same.

const HALF_A_DAY_MS = 12 * 3_600_000;
const OPERATIONS_OF_PEOPLE = Object.entries<Operation>(OPERATIONS).filter(([, { face }]) =>
  ['management', 'console'].includes(face),
);
const SCOPED = OPERATIONS_OF_PEOPLE.filter(([, { scope }]) => scope !== null);

let api: TestApi;
const browsers = new Map<PersonRole, TestBrowser>();
beforeAll(async () => {
  api = await startTestApi();
  browsers.set('owner', await setUpConsole(api));
  for (const role of ['operator', 'read_only'] as const) browsers.set(role, (await join(api, role)).browser);
});
afterAll(() => api.close());

/** With the session of a role and nothing in it that could be carried out. */
function ask(
  { method, path }: Operation,
  role: PersonRole,
  headers: Readonly<Record<string, string>> = OWN_PAGE,
): Promise<Reply> {
  const cookie = browsers.get(role)?.cookie ?? '';
  return api.send(path.replaceAll(/\{\w+\}/g, '0'), {
    method,
    token: null,
    headers: { cookie, ...headers },
    ...(method !== 'GET' && { json: { nothing_of_the_kind: true } }),
  });
}

describe.each(SCOPED)('%s', (_, operation) => {
  test.each(PERSON_ROLES)('with the role %s is what the scopes of the role say', async (role) => {
    const reply = await ask(operation, role);
    const isOpen = scopesOfRole(role).some((scope) => scope === operation.scope);
    if (isOpen) expect([401, 403]).not.toContain(reply.status);
    else expect(reply).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
  });
});

describe.each(OPERATIONS_OF_PEOPLE)('%s', (_, operation) => {
  test('is refused to whoever is not logged in', async () => {
    const { path, method } = operation;
    const reply = await api.send(path.replaceAll(/\{\w+\}/g, '0'), {
      method,
      token: null,
      headers: OWN_PAGE,
    });
    expect(reply).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  test.each([
    ['without the header of the page', {}],
    ['from another site', { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }],
    ['from a sister domain', { ...OWN_PAGE, 'sec-fetch-site': 'same-site' }],
    ['from another origin', { ...OWN_PAGE, origin: 'https://evil.example' }],
    ['from an origin that is not told', { ...OWN_PAGE, origin: 'null' }],
  ])('is refused with the cookie %s', async (_name, headers) => {
    const reply = await ask(operation, 'owner', headers);
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});

describe('what only the door takes', () => {
  const doors = Object.entries<Operation>(OPERATIONS).filter(
    ([, { face, method }]) => face === 'console_door' && method !== 'GET',
  );
  test.each(doors)('%s is refused from another site', async (_, { path, method }) => {
    for (const headers of [{}, { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }]) {
      const reply = await api.send(path, { method, token: null, headers, json: {} });
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });
});

// Last, since nobody is logged in afterwards.
describe('with a session that is over', () => {
  beforeAll(() => api.clock.advance(HALF_A_DAY_MS));
  test.each(OPERATIONS_OF_PEOPLE)('%s is refused', async (_, operation) => {
    for (const role of PERSON_ROLES) {
      expect(await ask(operation, role)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });
});
