import { expect } from 'vitest';
import type { Reply, Send, TestApi } from './_api.ts';

export const PASSWORD = 'correct horse battery staple';

/** What a call of the console carries besides its cookie. */
export const OWN_PAGE = { 'keyhold-console': '1' };

/** A browser at the console: keeps its cookie, and calls as the page does. */
export interface TestBrowser {
  /** As the server set it last; null: none. */
  cookie: string | null;
  call(path: string, options?: Send): Promise<Reply>;
}

export function openBrowser(api: TestApi): TestBrowser {
  const browser: TestBrowser = {
    cookie: null,
    async call(path, { headers, ...send } = {}) {
      const cookie = browser.cookie === null ? {} : { cookie: browser.cookie };
      const own = { ...OWN_PAGE, ...cookie, ...headers };
      const reply = await api.send(path, { token: null, headers: own, ...send });
      for (const line of [reply.headers['set-cookie'] ?? []].flat()) {
        if (!line.startsWith('keyhold-console=')) continue;
        const pair = line.slice(0, line.indexOf(';'));
        browser.cookie = pair === 'keyhold-console=' ? null : pair;
      }
      return reply;
    },
  };
  return browser;
}

/** Makes the first person, and leaves them logged in. */
export async function setUpConsole(api: TestApi): Promise<TestBrowser> {
  const browser = openBrowser(api);
  const json = {
    code: await api.createSetUpCode(),
    name: 'Olu Owner',
    email: 'owner@example.com',
    password: PASSWORD,
  };
  expect(await browser.call('/v1/console/setup', { json })).toMatchObject({ status: 201 });
  return browser;
}

/** Invites somebody, who follows the invitation. */
export async function join(
  api: TestApi,
  role: string,
  email = `${role}@example.com`,
): Promise<{ readonly browser: TestBrowser; readonly id: string }> {
  const invited = await api.send('/v1/people', { json: { email, name: email, role } });
  expect(invited).toMatchObject({ status: 201 });
  const browser = openBrowser(api);
  const json = { code: codeOf(invited.body.invitation_url), name: email, password: PASSWORD };
  const accepted = await browser.call('/v1/console/invitations/accept', { json });
  expect(accepted).toMatchObject({ status: 201 });
  return { browser, id: invited.body.id };
}

export function codeOf(url: string): string {
  return url.split('#')[1] ?? '';
}

export async function logIn(
  api: TestApi,
  email: string,
  credentials: { readonly password?: string; readonly totp?: string } = {},
): Promise<{ readonly browser: TestBrowser; readonly reply: Reply }> {
  const browser = openBrowser(api);
  const json = { email, password: PASSWORD, ...credentials };
  return { browser, reply: await browser.call('/v1/console/login', { json }) };
}
