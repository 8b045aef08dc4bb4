import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEMO_USER } from '../../../examples/localleads/host.ts';
import { openWindow, shareWithBrowser } from './_browser.ts';
import { copyAndClose, readSecret, startSystems } from './_keys-page.ts';

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

describe('the API Keys page inside another page', () => {
  const { browser, subject: systems } = shareWithBrowser(async () => {
    const started = await startSystems();
    await started.keyhold.createOrganization(DEMO_USER.organization, { name: 'Brightside' });
    return started;
  });

  async function signIn(page: Page): Promise<void> {
    await page.goto(systems().hostUrl);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/settings/security/api-keys');
  }

  test('Settings → Security → API Keys: the element shows the keys, and makes one, on the host’s page', async () => {
    const window = await openWindow(browser(), CLIPBOARD);
    const { page } = window;
    await signIn(page);
    await page.getByText('No keys yet').waitFor();
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('From the host');
    await page.keyboard.press('Tab');
    const isInside = `document.activeElement === document.querySelector('keyhold-api-keys')`;
    expect(await page.evaluate(isInside), 'the focus stays in the dialog').toBe(true);
    await page.getByRole('button', { name: 'Create key' }).click();
    expect(await readSecret(page)).toMatch(/^ll_[0-9a-f]{64}$/);
    await copyAndClose(page);
    await page.getByRole('row', { name: 'From the host' }).getByText('by Sam Ortiz').waitFor();
    expect(window.requests.filter((request) => request.includes('khop_'))).toEqual([]);
    expect(window.console).toEqual([]);
  });

  test('it takes the host’s variables, leaves the host’s page as it was, and none of its styles reach in', async () => {
    const { page } = await openWindow(browser(), { reducedMotion: 'reduce' });
    await signIn(page);
    await page.getByRole('button', { name: 'New key' }).first().waitFor();
    const read = (expression: string) =>
      page.evaluate<string>(
        `(() => { const root = document.querySelector('keyhold-api-keys').shadowRoot; return ${expression}; })()`,
      );
    const background = `getComputedStyle([...root.querySelectorAll('button')].find((one) => one.textContent.includes('New key'))).backgroundColor`;
    expect(await read(background)).toBe('rgb(154, 59, 31)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await read(background)).toBe('rgb(240, 165, 141)');
    await page.evaluate(`document.querySelector('keyhold-api-keys').setAttribute('theme', 'light')`);
    expect(await read(background)).toBe('rgb(154, 59, 31)');
    expect(await read(`getComputedStyle(root.querySelector('button')).borderTopStyle`)).toBe('solid');
    expect(await read(`getComputedStyle(document.body).fontFamily`)).toBe('Georgia, serif');
    expect(
      await read(`document.head.querySelectorAll('style').length + document.adoptedStyleSheets.length`),
    ).toBe(0);
    await page.evaluate(
      `document.querySelector('keyhold-api-keys').strings = { title: 'Clés API', newKey: 'Nouvelle clé' }`,
    );
    await page.getByRole('heading', { name: 'Clés API' }).waitFor();
    await page.getByRole('button', { name: 'Nouvelle clé' }).first().waitFor();
  });

  test('a page of another origin gets nothing, with or without a token', async () => {
    const { page } = await openWindow(browser());
    const token = await systems().keyhold.portalToken('localleads', DEMO_USER.organization);
    // The management port of the same machine: not an origin that the keyspace lists.
    await page.goto(`${systems().keyhold.url}/docs`);
    const outcome = await page.evaluate<string>(
      `fetch('${systems().keyhold.gateway('localleads')}/keys/api/keys', { headers: { authorization: 'Bearer ${token}' } }).then(() => 'read', () => 'refused')`,
    );
    expect(outcome).toBe('refused');
    await page.setContent(`<iframe src="${systems().keyhold.gateway('localleads')}/keys"></iframe>`);
    await expect.poll(() => page.frames()[1]?.url() ?? '').toMatch(/^chrome-error:/);
  });

  test('the dashboard also leads to the page of its own, and that leads back', async () => {
    const { page } = await openWindow(browser());
    await signIn(page);
    await page.getByRole('link', { name: 'Open on a page of its own' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.getByRole('link', { name: 'Back: LocalLeads' }).click();
    await page.waitForURL(`${systems().hostUrl}/settings/security/api-keys`);
  });

  test('@keyhold/react shows the same in a React page', async () => {
    const directory = await mkdtemp(join(import.meta.dirname, '.react-host-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(
      join(directory, 'main.jsx'),
      `import { createElement } from 'react';
       import { createRoot } from 'react-dom/client';
       import { ApiKeys } from '@keyhold/react';
       const getToken = () => fetch('/portal-session', { method: 'POST' }).then((r) => r.json()).then((b) => b.token);
       createRoot(document.querySelector('main')).render(
         createElement(ApiKeys, { src: window.keysPage, getToken, theme: 'dark', strings: { title: 'Schlüssel' } }));`,
    );
    const { default: react } = await import('@vitejs/plugin-react');
    const { default: tailwind } = await import('@tailwindcss/vite');
    await build({
      root: directory,
      configFile: false,
      logLevel: 'error',
      plugins: [react(), tailwind()],
      build: {
        rolldownOptions: {
          input: join(directory, 'main.jsx'),
          output: { codeSplitting: false, entryFileNames: 'main.js' },
        },
      },
    });
    const script = await readFile(join(directory, 'dist/main.js'), 'utf8');
    const { page } = await openWindow(browser());
    await page.route('**/settings.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `window.keysPage = '${systems().keyhold.gateway('localleads')}/keys'; document.querySelector('keyhold-api-keys').remove();\n${script}`,
      }),
    );
    await signIn(page);
    await page.getByRole('heading', { name: 'Schlüssel' }).waitFor();
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name', { exact: true }).waitFor();
  });
});
