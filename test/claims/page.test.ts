import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type Keyhold, startKeyhold } from '../_harness.ts';

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';
const PASSPHRASE = 'correct horse battery';

const configuration = readFileSync(
  new URL('../../examples/local-esim/keyhold.yaml', import.meta.url),
  'utf8',
).replace('127.0.0.1:9101', '127.0.0.1:0');

let keyhold: Keyhold;
let browser: Browser | null = null;

beforeAll(async () => {
  keyhold = await startKeyhold(configuration);
  await keyhold.createOrganization('roamly', { features: ['partner-api'] });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }).catch(() => null);
});
afterAll(async () => {
  await browser?.close();
  await keyhold?.stop();
});

/** A page of its own; without a browser the test is left out, and fails where everything has to be there. */
async function openPage(context: TestContext, options: Parameters<Browser['newContext']>[0] = {}) {
  const reason = `there is no ${CHROMIUM} here; add it with: apt-get install chromium`;
  if (browser === null && process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  if (browser === null) return context.skip(reason);
  return await (await browser.newContext(options)).newPage();
}

async function sendLink(claim_link: object = {}): Promise<string> {
  const owner = {
    keyspace: 'local-esim',
    organization: 'roamly',
    name: 'Onboarding',
    environment: 'production',
  };
  const issued = await keyhold.operator('POST', '/v1/keys', { ...owner, deliver: 'claim_link', claim_link });
  return (issued.body as { readonly claim_url: string }).claim_url;
}

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test('whoever follows a link gets the key by keyboard alone, and it leaves the page with them', async (context) => {
  const page = await openPage(context, { colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.goto(await sendLink());
  await page.getByText('Local eSIM has an API key for you').waitFor();
  expect(await page.locator('#facts').textContent()).toContain('roamly');
  await expectNoViolations(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Your key works from now on').waitFor();
  await expectNoViolations(page);
  expect(page.url()).not.toContain('#');

  const key = (await page.locator('#key').textContent()) ?? '';
  const verdict = await keyhold.operator('POST', '/v1/verify', { key });
  expect(verdict.body).toMatchObject({ valid: true, organization: 'roamly' });
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`${keyhold.url}/guides/local-esim`);
  await page.goBack();
  await page.locator('#notice:not(:empty)').waitFor();
  expect(await page.content()).not.toContain(key);
  expect(said).toEqual([]);
});

test('the page asks for a passphrase, says that one was wrong, and tells a second visitor what happened', async (context) => {
  const page = await openPage(context);
  const link = await sendLink({ passphrase: PASSPHRASE });
  await page.goto(link);
  const reveal = page.getByRole('button', { name: 'Show the key' });
  await page.getByLabel('Passphrase').fill('a wrong guess');
  await reveal.click();
  await page.getByText('That is not the passphrase').waitFor();
  await page.getByLabel('Passphrase').fill(PASSPHRASE);
  await reveal.click();
  await page.locator('#claimed:not([hidden])').waitFor();
  expect(await page.content()).not.toContain(PASSPHRASE);

  const second = await page.context().newPage();
  await second.goto(link);
  await second.getByText('The key was claimed with this link').waitFor();
  await second.goto(link.replace(/#.*/, ''));
  await second.getByText('This link is not whole').waitFor();
  await expectNoViolations(second);
});
