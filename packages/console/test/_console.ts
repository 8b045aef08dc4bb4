import type { BrowserContext } from 'playwright-core';
import { expect } from 'vitest';
import { type Systems, startSystems } from './_keys-page.ts';

/** The systems with the operator's console set up. */
export interface ConsoleSystems extends Systems {
  readonly consoleUrl: string;
  /** Logs the first person in, who is an owner, in the windows of this context. */
  signIn(context: BrowserContext): Promise<void>;
  /** Logs somebody new in, who may only look. */
  signInToLook(context: BrowserContext): Promise<void>;
}

/** The first person. */
export const OWNER = {
  name: 'Ada Okafor',
  email: 'ada@example.com',
  password: 'lantern mosaic gravel thirty',
};

const HEADERS = { 'keyhold-console': '1' };

/** @param settings of the server, as its configuration file has them. */
export async function startConsole(settings: object = {}): Promise<ConsoleSystems> {
  const systems = await startSystems(settings);
  const { keyhold } = systems;
  const code = /\/console\/setup#(\S+)/.exec(keyhold.output())?.[1];
  if (code === undefined) throw new Error(`No set-up link was printed:\n${keyhold.output()}`);
  let isSetUp = false;
  async function send({ request }: BrowserContext, path: string, data: object): Promise<unknown> {
    const answer = await request.post(`${keyhold.url}/v1${path}`, { headers: HEADERS, data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return await answer.json();
  }
  return {
    ...systems,
    consoleUrl: `${keyhold.url}/console`,
    async signIn(context) {
      const { name, email, password } = OWNER;
      if (isSetUp) await send(context, '/console/login', { email, password });
      else await send(context, '/console/setup', { code, name, email, password });
      isSetUp = true;
    },
    async signInToLook(context) {
      const [name, email] = ['Lou Reader', 'lou@example.com'];
      const invited = await keyhold.operator('POST', '/v1/people', { name, email, role: 'read_only' });
      expect(invited.status, invited.text).toBe(201);
      const link = (invited.body as { readonly invitation_url: string }).invitation_url;
      const { password } = OWNER;
      await send(context, '/console/invitations/accept', {
        code: new URL(link).hash.slice(1),
        name,
        password,
      });
    },
  };
}
