import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { composeConfiguration } from '../../../examples/demo/configuration.ts';
import { startApp } from '../../../examples/demo/start-app.ts';
import { createUpstream as createEsmsUpstream } from '../../../examples/esms-africa/upstream.ts';
import { createUpstream as createEsimUpstream } from '../../../examples/local-esim/upstream.ts';
import { createHost } from '../../../examples/localleads/host.ts';
import { createUpstream as createLeadsUpstream } from '../../../examples/localleads/upstream.ts';
import { type Keyhold, startKeyhold } from '../../../test/_harness.ts';

/** The three systems as their examples have them, with the API Keys page and LocalLeads' dashboard. */
export interface Systems {
  readonly keyhold: Keyhold;
  /** LocalLeads' dashboard. */
  readonly hostUrl: string;
  /** A new organization with a link to its page; `keyspace` as the examples name them. */
  newCustomer(keyspace: 'localleads' | 'esms-africa' | 'local-esim'): Promise<Customer>;
  stop(): Promise<void>;
}

export interface Customer {
  readonly organization: string;
  readonly keyspace: string;
  /** Works once. */
  readonly link: string;
  /** A further link. */
  newLink(): Promise<string>;
  /** The operator issues a key that is handed over by a link. @returns the link. */
  sendLink(fields: object): Promise<string>;
  /** The operator issues a key. */
  issue(fields: object): Promise<{ readonly id: string; readonly key: string; readonly number: number }>;
}

/** @param settings of the server, as its configuration file has them. */
export async function startSystems(settings: object = {}): Promise<Systems> {
  const leads = createLeadsUpstream(new DatabaseSync(':memory:'));
  // A request that goes on for as long as it is let.
  leads.get('/api/v1/stream', (c) =>
    c.body(
      new ReadableStream({
        start(controller) {
          const timer = setInterval(() => controller.enqueue(new TextEncoder().encode('lead\n')), 20);
          c.req.raw.signal.addEventListener('abort', () => clearInterval(timer));
        },
      }),
    ),
  );
  const leadsApi = await startApp(leads, 0);
  const esmsApi = await startApp(createEsmsUpstream(new DatabaseSync(':memory:')), 0);
  const esimApi = await startApp(createEsimUpstream(new DatabaseSync(':memory:')), 0);
  // The dashboard's address has to be known before Keyhold starts, which then is told where to find it.
  const host: { app?: ReturnType<typeof createHost> } = {};
  const dashboard = await startApp(
    { fetch: (request) => host.app?.fetch(request) ?? new Response(null, { status: 503 }) },
    0,
  );
  const upstreams = { localleads: leadsApi.url, 'esms-africa': esmsApi.url, 'local-esim': esimApi.url };
  const configuration = composeConfiguration(['localleads', 'esms-africa', 'local-esim'], upstreams)
    .replace('http://127.0.0.1:9303', dashboard.url)
    .replace('title: eSMS Africa', 'title: eSMS Africa\n    recycle: { max_grace: 7d }');
  const keyhold = await startKeyhold(configuration + stringify({ settings }));
  const leadsUrl = keyhold.gateway('localleads');
  host.app = createHost({
    keyholdUrl: keyhold.url,
    operatorToken: keyhold.operatorToken,
    apiKeysUrl: `${leadsUrl}/api/v1/api-keys`,
    keysPageUrl: `${leadsUrl}/keys`,
  });
  let customers = 0;

  return {
    keyhold,
    hostUrl: dashboard.url,
    async newCustomer(keyspace) {
      const organization = `customer-${++customers}`;
      const features = keyspace === 'local-esim' ? ['partner-api'] : [];
      await keyhold.createOrganization(organization, { name: `Customer ${customers}`, features });
      const newLink = async () => {
        const session = { keyspace, organization, user: 'Sam Ortiz', return_url: dashboard.url };
        const { status, body, text } = await keyhold.operator('POST', '/v1/portal-sessions', session);
        expect(status, text).toBe(201);
        return (body as { url: string }).url;
      };
      return {
        organization,
        keyspace,
        link: await newLink(),
        newLink,
        async sendLink(fields) {
          const request = { keyspace, organization, ...fields, deliver: 'claim_link' };
          const { status, body, text } = await keyhold.operator('POST', '/v1/keys', request);
          expect(status, text).toBe(201);
          return (body as { claim_url: string }).claim_url;
        },
        issue: (fields) => keyhold.issue({ keyspace, organization, ...fields }),
      };
    },
    async stop() {
      await keyhold.stop();
      await Promise.all([leadsApi, esmsApi, esimApi, dashboard].map((app) => app.close()));
    },
  };
}

/** Follows a link, until the page shows the keys there are. */
export async function openKeys(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'New key' }).first().waitFor();
}

/** Makes a key by the page. @returns what is shown once; its dialog stays open. */
export async function createKey(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create key' }).click();
  return await readSecret(page);
}

/** The key in the dialog that shows it. */
export async function readSecret(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Copy key' }).waitFor();
  const secret = await page.getByRole('group', { name: 'Your key' }).locator('code').textContent();
  if (secret === null || secret === '') throw new Error('The dialog shows no key.');
  return secret;
}

/** Copies the key and closes its dialog. */
export async function copyAndClose(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Copy key' }).click();
  await page.getByRole('button', { name: 'Copied' }).first().waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
}

/** Opens a key's menu and chooses from it. */
export async function choose(page: Page, key: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${key}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}
