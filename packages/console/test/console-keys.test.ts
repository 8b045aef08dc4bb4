import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { call } from '../../../test/_http.ts';
import { openWindow, readHeap, shareWithBrowser, type Window } from './_browser.ts';
import { startConsole } from './_console.ts';
import { expectSound } from './_sound.ts';

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };
const PASSPHRASE = 'correct horse battery';

describe('keys in the operator’s console', () => {
  const { browser, subject: systems } = shareWithBrowser(startConsole);

  /** A window of the owner's, at this place of the console. */
  async function openConsole(path: string): Promise<Window> {
    const window = await openWindow(browser(), CLIPBOARD);
    await systems().signIn(window.context);
    await window.page.goto(systems().consoleUrl + path);
    await window.page.getByRole('heading', { level: 1 }).waitFor();
    return window;
  }
  async function readShown(page: Page, what: string): Promise<string> {
    const text = await page.getByRole('group', { name: what }).locator('code').textContent();
    if (text === null || text === '') throw new Error(`The dialog does not show ${what}.`);
    return text;
  }
  async function copyAndClose(page: Page, button: string): Promise<void> {
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  }
  const balance = (key: string) =>
    call('GET', `${systems().keyhold.gateway('esms-africa')}/api/balance`, { key });
  const liveKey = { environment: 'live', scopes: ['query'] };

  test('E2: a key goes to a partner by a link with a passphrase, works once claimed, and the operator sees it was', async () => {
    const { organization } = await systems().newCustomer('local-esim');
    const { page, console: said } = await openConsole(
      `/keys?keyspace=local-esim&organization=${organization}`,
    );
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Onboarding');
    await page.getByText('By a link').click();
    await page.getByText('7 days', { exact: true }).last().click();
    await page.getByLabel('Passphrase').fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Issue key' }).click();
    await page.getByRole('button', { name: 'Copy link' }).waitFor();
    const link = await readShown(page, 'The claim link');
    await copyAndClose(page, 'Copy link');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link);
    await page.getByRole('row', { name: 'Onboarding' }).getByText('Waiting to be claimed').waitFor();

    const recipient = (await openWindow(browser())).page;
    await recipient.goto(link);
    await recipient.getByLabel('Passphrase').fill(PASSPHRASE);
    await recipient.getByRole('button', { name: 'Show the key' }).click();
    await recipient.getByText('Your key works from now on').waitFor();
    const key = (await recipient.locator('#key').textContent()) ?? '';
    const customer = { email: 'customer@example.com', tags: ['roamly'] };
    const created = await call('POST', `${systems().keyhold.gateway('local-esim')}/v1/customers`, {
      key,
      body: customer,
    });
    expect(created.status, created.text).toBe(201);

    await page.getByRole('link', { name: 'Onboarding' }).click();
    const links = page.getByRole('table', { name: 'Claim links' });
    await links.getByText('Claimed', { exact: true }).first().waitFor();
    await links.getByText('from 127.0.0.1').waitFor();
    await page.locator('dt:text-is("Created by") + dd').getByText('You', { exact: true }).waitFor();
    await page.getByText('You, from 127.0.0.1').waitFor();
    await page.getByText('Keyhold (claim link)').waitFor();
    const second = (await openWindow(browser())).page;
    await second.goto(link);
    await second.getByText('The key was claimed with this link').waitFor();
    await page.reload();
    await page.getByText('The link was tried again after it was claimed').waitFor();
    await page.getByRole('note').getByRole('button', { name: 'Recycle…' }).click();
    await page.getByRole('button', { name: 'Recycle key' }).waitFor();
    expect(said).toEqual([]);
  });

  test('a link that waits can be cancelled: the key is revoked, and the link opens nothing', async () => {
    const { sendLink } = await systems().newCustomer('localleads');
    const link = await sendLink({ name: 'Cancelled' });
    const { page } = await openConsole('/keys?q=Cancelled');
    await page.getByRole('link', { name: 'Cancelled' }).click();
    await page.getByText('Waits to be claimed').waitFor();
    await page.getByRole('button', { name: 'Cancel the link…' }).click();
    await page.getByLabel('Type Cancelled to confirm').fill('Cancelled');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('Ended unclaimed').waitFor();
    const recipient = (await openWindow(browser())).page;
    await recipient.goto(link);
    await recipient.getByText('The link is over').waitFor();
  });

  test('an issued key travels in the one answer that shows it, and is nowhere once its dialog is closed', async () => {
    const { organization } = await systems().newCustomer('esms-africa');
    const window = await openConsole('/keys?keyspace=esms-africa');
    const { page } = window;
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByRole('button', { name: 'Issue key' }).click();
    await page.getByText('Whose key is it?').waitFor();
    await page.getByText('Choose at least one.').waitFor();
    await page.getByLabel('Organization', { exact: true }).last().fill(organization);
    await page.getByLabel('Name', { exact: true }).fill('Issued here');
    await page.getByLabel('query').check();
    await page.getByRole('button', { name: 'Issue key' }).click();
    await page.getByRole('button', { name: 'Copy key' }).waitFor();
    const key = await readShown(page, 'Your key');
    expect(key).toMatch(/^esms_live_[a-z0-9]{32}$/);
    await page.keyboard.press('Escape');
    await page.getByText('Close without copying?').waitFor();
    await page.getByRole('button', { name: 'Go back and copy' }).click();
    await copyAndClose(page, 'Copy key');
    expect((await balance(key)).status).toBe(200);

    await page.getByRole('link', { name: 'Issued here' }).click();
    await page.getByRole('button', { name: 'Edit…' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(window.requests.filter((request) => request.includes(key))).toEqual([]);
    const told = (await window.responses()).filter(({ text }) => text.includes(key));
    expect(told.map(({ url }) => new URL(url).pathname)).toEqual(['/v1/keys']);
    expect(await page.content()).not.toContain(key);
    const heap = await readHeap(window);
    // As answers of yes and no: a heap is not to be printed.
    expect(
      [heap.includes('Issued here'), heap.includes(key)],
      'texts of the page are in it, the key is not',
    ).toEqual([true, false]);
    expect(window.console).toEqual([]);
  });

  test('what of the list is shown is found by the server and stands in the address', async () => {
    const { organization, issue } = await systems().newCustomer('esms-africa');
    for (let n = 1; n <= 52; n++) await issue({ name: `Batch ${String(n).padStart(2, '0')}`, ...liveKey });
    const { page } = await openConsole(`/keys?organization=${organization}`);
    const names = () => page.locator('tbody th a').allTextContents();
    await page.getByRole('row', { name: 'Batch 52' }).waitFor();
    expect(await names()).toHaveLength(50);
    await page.getByRole('checkbox', { name: 'Select Batch 52' }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('row', { name: 'Batch 01' }).waitFor();
    expect(await names()).toEqual(['Batch 02', 'Batch 01']);
    await page.getByRole('checkbox', { name: 'Select Batch 01' }).check();
    await page.getByText('2 selected').waitFor();
    await page.goBack();
    await page.getByRole('row', { name: 'Batch 52' }).waitFor();
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await page.getByRole('row', { name: 'Batch 01' }).waitFor();
    expect((await names()).slice(0, 2)).toEqual(['Batch 01', 'Batch 02']);
    await page.getByLabel('Search keys').fill('batch 1');
    await expect.poll(names, { timeout: 20_000 }).toHaveLength(10);
    expect(await page.getByText('2 selected').count(), 'another list has none of it').toBe(0);
    await page.getByLabel('Key safety').selectOption('Never used');
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      organization,
      sort: 'name',
      q: 'batch 1',
      safety: 'never_used',
    });
    await page.reload();
    await expect.poll(names, { timeout: 20_000 }).toHaveLength(10);
    await page.getByLabel('Search keys').fill('nothing of that name');
    await page.getByText('No key matches').waitFor();
    await page.getByRole('button', { name: 'Show all keys' }).click();
    await page.getByRole('row').nth(1).waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  test('many keys are revoked by one call, after their count was typed', async () => {
    const { organization, issue } = await systems().newCustomer('esms-africa');
    const issued = [];
    for (const name of ['Kept', 'Leaked 1', 'Leaked 2', 'Leaked 3'])
      issued.push(await issue({ name, ...liveKey }));
    const [kept, ...leaked] = issued;
    const window = await openConsole(`/keys?organization=${organization}`);
    const { page } = window;
    for (const { number } of leaked) {
      await page.getByRole('checkbox', { name: `number ${number}` }).check();
    }
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    const revoke = page.getByRole('button', { name: 'Revoke 3 keys' });
    await page.getByLabel('Type “revoke 3 keys” to confirm').fill('revoke 2 keys');
    expect(await revoke.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel('Type “revoke 3 keys” to confirm').fill('revoke 3 keys');
    await page.getByLabel('Reason').fill('found in a public repository');
    await revoke.click();
    await page.getByText('3 keys revoked.').waitFor();
    for (const { key } of leaked) expect((await balance(key)).status).toBe(401);
    expect((await balance(kept?.key ?? '')).status).toBe(200);
    expect(window.requests.filter((request) => request.includes('/v1/keys/bulk'))).toHaveLength(1);

    await page.getByRole('checkbox', { name: 'Select every row of this page' }).check();
    await page.getByRole('button', { name: 'Disable…' }).click();
    await page.getByLabel('Type “disable 4 keys” to confirm').fill('disable 4 keys');
    await page.getByRole('button', { name: 'Disable 4 keys' }).click();
    await page.getByText('1 key disabled, 3 refused').waitFor();
    expect(await page.getByText('is revoked, which is final').count()).toBe(3);
  });

  test('a key’s page tells its calls, why they were refused and from where, and what was done to it', async () => {
    const { issue } = await systems().newCustomer('esms-africa');
    const { id, key } = await issue({ name: 'Watched', ...liveKey });
    expect((await balance(key)).status).toBe(200);
    const hooks = `${systems().keyhold.gateway('esms-africa')}/api/webhooks`;
    expect((await call('GET', hooks, { key })).status).toBe(403);
    const { page, console: said } = await openConsole(`/keys/${id}`);
    const chart = page.getByRole('img', {
      name: 'Calls. Accepted: 1, Outside its scopes (403): 1, Denied (401): 0',
    });
    await chart.waitFor({ timeout: 60_000 });
    await page.getByText('As a table').click();
    await page.getByRole('table', { name: 'Calls by time and outcome' }).waitFor();
    const refusal = page.getByRole('row', { name: 'Its scopes do not open the operation' });
    await refusal.getByText('127.0.0.1').waitFor();
    await refusal.getByText('GET /api/webhooks').waitFor();
    await page.getByText(/^Last used .* from 127\.0\.0\.1\.$/).waitFor();
    await page.getByText('Key issued').waitFor();
    await page.locator('dt:text-is("Created by") + dd').getByText('Operator token').waitFor();
    expect(said).toEqual([]);
  });

  test('a key is edited, recycled, disabled, enabled and revoked on its page, each in force at once', async () => {
    const { issue } = await systems().newCustomer('esms-africa');
    const { id, key } = await issue({ name: 'Changed', environment: 'live', scopes: ['send'] });
    const { page } = await openConsole(`/keys/${id}`);
    expect((await balance(key)).status).toBe(403);
    await page.getByRole('button', { name: 'Edit…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Changed a lot');
    await page.getByLabel('query').check();
    await page.getByLabel('Networks').fill('127.0.0.0/8');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Changed a lot' }).waitFor();
    await page.getByText('127.0.0.0/8').first().waitFor();
    expect((await balance(key)).status).toBe(200);

    await page.getByRole('button', { name: 'Recycle…' }).click();
    await page.getByText('stops at once').click();
    await page.getByRole('button', { name: 'Recycle key' }).click();
    await page.getByRole('button', { name: 'Copy key' }).waitFor();
    const fresh = await readShown(page, 'Your key');
    await copyAndClose(page, 'Copy key');
    expect([(await balance(key)).status, (await balance(fresh)).status]).toEqual([401, 200]);

    await page.getByRole('button', { name: 'Disable…' }).click();
    await page.getByRole('button', { name: 'Disable key' }).click();
    await page.getByText('“Changed a lot” is disabled.').waitFor();
    expect((await balance(fresh)).status).toBe(401);
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByText('“Changed a lot” works again.').waitFor();
    expect((await balance(fresh)).status).toBe(200);

    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByLabel('Type Changed a lot to confirm').fill('Changed a lot');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('“Changed a lot” is revoked').waitFor();
    expect((await balance(fresh)).status).toBe(401);
    await page.getByRole('button', { name: 'Recycle…' }).waitFor({ state: 'detached' });
  });

  test('with the keyboard alone a key is issued, found, opened, and keys are disabled together', async () => {
    const { organization } = await systems().newCustomer('localleads');
    const { page } = await openConsole(`/keys?keyspace=localleads&organization=${organization}`);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const isFocused = (name: string) =>
      page.getByRole('button', { name }).and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Issue a key' }).focus();
    await press('Enter');
    await page.getByLabel('Name', { exact: true }).focus();
    await page.keyboard.type('By hand');
    await press('Enter');
    await isFocused('Copy key');
    await press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await press('Escape');
    await page.getByRole('row', { name: 'By hand' }).waitFor();
    await page.getByRole('checkbox', { name: 'Select By hand' }).focus();
    await press('Space');
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Disable…' }).focus();
    await press('Enter');
    await page.getByLabel('Type “disable 1 key” to confirm').focus();
    await page.keyboard.type('disable 1 key');
    await press('Enter');
    await page.getByText('1 key disabled.').waitFor();
    await page.getByRole('link', { name: 'By hand' }).focus();
    await press('Enter');
    await page.getByRole('heading', { name: 'By hand' }).waitFor();
  });

  test('the overview counts, and leads to what it counts', async () => {
    const { page } = await openConsole('/');
    await page.getByRole('link', { name: 'Never used: show the keys' }).click();
    await page.getByText('Most of these are safe to revoke.').waitFor();
    expect(new URL(page.url()).search).toBe('?safety=never_used');
    await page.goBack();
    await page.getByRole('link', { name: 'Keys that are revoked' }).click();
    await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
    expect(await page.getByLabel('State').inputValue()).toBe('revoked');
  });

  test('who may only look sees everything of a key and nothing that changes it', async () => {
    const { sendLink } = await systems().newCustomer('localleads');
    await sendLink({ name: 'Looked at' });
    const { page, context } = await openWindow(browser());
    await systems().signInToLook(context);
    await page.goto(`${systems().consoleUrl}/keys?q=Looked`);
    await page.getByRole('link', { name: 'Looked at' }).waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Issue a key' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Looked at' }).click();
    await page.getByText('Waits to be claimed').waitFor();
    await page.getByText('Key issued').waitFor();
    for (const name of ['Edit…', 'Recycle…', 'Disable…', 'Revoke…', 'Cancel the link…']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    }
  });

  test('overview, list, key and every dialog are sound in light, dark, phone and desktop', async () => {
    const { organization, issue, sendLink } = await systems().newCustomer('esms-africa');
    const { id, key } = await issue({
      name: 'A name that is so long that it has to break on a telephone',
      ...liveKey,
    });
    await sendLink({ name: 'Sent', ...liveKey });
    await balance(key);
    await call('GET', `${systems().keyhold.gateway('esms-africa')}/api/webhooks`, { key });
    const { page, console: said } = await openConsole('/');
    await page.getByRole('table', { name: 'Nodes' }).waitFor();
    await page.getByRole('link', { name: 'Never used: show the keys' }).waitFor();
    await expectSound(page, 'overview');
    await page.goto(`${systems().consoleUrl}/keys?organization=${organization}`);
    await page.getByRole('checkbox', { name: 'Select Sent' }).check();
    await expectSound(page, 'keys, one selected');
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByLabel('Type').waitFor();
    await expectSound(page, 'bulk');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByText('By a link').click();
    await page.getByRole('button', { name: 'Issue key' }).click();
    await expectSound(page, 'issue, with errors');
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.goto(`${systems().consoleUrl}/keys/${id}`);
    await page.getByText('As a table').click({ timeout: 60_000 });
    await page.getByText('Key issued').waitFor();
    await expectSound(page, 'key');
    for (const [action, button] of [
      ['Edit…', 'Save'],
      ['Recycle…', 'Recycle key'],
    ] as const) {
      await page.getByRole('button', { name: action }).click();
      await page.getByRole('button', { name: button }).waitFor();
      await expectSound(page, action);
      await page.getByRole('button', { name: 'Cancel' }).click();
    }
    await page.goto(`${systems().consoleUrl}/keys/key_nobody`);
    await page.getByText('There is no such key').waitFor();
    await expectSound(page, 'no such key');
    // What is not there is what the browser itself says of the 404.
    expect(said.filter((line) => !line.includes('404'))).toEqual([]);
  });
});
