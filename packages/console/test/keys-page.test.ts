import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { call } from '../../../test/_http.ts';
import { openWindow, readHeap, shareWithBrowser } from './_browser.ts';
import { choose, copyAndClose, createKey, openKeys, readSecret, startSystems } from './_keys-page.ts';
import { expectSound } from './_sound.ts';

const run = promisify(execFile);
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

describe('the API Keys page in a browser', () => {
  const { browser, subject: systems } = shareWithBrowser(startSystems);

  test('L1, L2: from a link to the first successful call, and revoked on the page', async () => {
    const { link } = await systems().newCustomer('localleads');
    const window = await openWindow(browser(), CLIPBOARD);
    const { page } = window;
    await openKeys(page, link);
    expect(page.url(), 'the code is out of the address').not.toContain('khpl_');
    await page.getByText('No keys yet').waitFor();

    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('CRM');
    await page.getByText('90 days').click();
    await page.getByRole('button', { name: 'Create key' }).click();
    const key = await readSecret(page);
    expect(key).toMatch(/^ll_[0-9a-f]{64}$/);

    await page.getByRole('button', { name: 'Copy curl command' }).click();
    const curl = await page.evaluate<string>('navigator.clipboard.readText()');
    expect((await run('sh', ['-c', curl.replace('curl ', 'curl -sS ')])).stdout).toBe('{"balance":50}');
    await page.getByRole('button', { name: 'Copy line for .env' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`LOCALLEADS_API_KEY=${key}`);
    await copyAndClose(page);

    const row = page.getByRole('row', { name: 'CRM' });
    await row.getByText(`${key.slice(0, 13)}…`).waitFor();
    await row.getByText('by Sam Ortiz').waitFor();
    await choose(page, 'CRM', 'Revoke…');
    const revoke = page.getByRole('button', { name: 'Revoke key' });
    expect(await revoke.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel('Type CRM to confirm').fill('CRM');
    await revoke.click();
    await page.getByText('“CRM” is revoked').waitFor();
    await row.getByText('Revoked').waitFor();
    const api = `${systems().keyhold.gateway('localleads')}/api/v1/credits/balance`;
    expect((await call('GET', api, { key })).status).toBe(401);
    expect(window.console).toEqual([]);
  });

  test('L6: the list shows the date of an expiry, says when it is near, and that it has passed', async () => {
    const { link, issue, organization } = await systems().newCustomer('localleads');
    await issue({ name: 'Far', expires_at: '2099-09-30T00:00:00Z' });
    await issue({
      name: 'Near',
      expires_at: new Date(Date.now() + 3 * 86_400_000 + 3_600_000).toISOString(),
    });
    await systems().keyhold.issueExpired({ keyspace: 'localleads', organization, name: 'Past' });
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    await page.getByRole('row', { name: 'Far' }).getByText('30 Sept 2099').waitFor();
    await page.getByRole('row', { name: 'Near' }).getByText('Expires in 3 days').waitFor();
    await page.getByRole('row', { name: 'Past' }).getByText('Expired').waitFor();
    await page.getByRole('button', { name: 'Actions for Past' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Rename', 'Revoke…']);
  });

  test('a key travels in the one answer that shows it, and is nowhere once its dialog is closed', async () => {
    const { link } = await systems().newCustomer('localleads');
    const window = await openWindow(browser(), CLIPBOARD);
    const { page } = window;
    await openKeys(page, link);
    const key = await createKey(page, 'Once');
    await copyAndClose(page);
    await page.getByRole('row', { name: 'Once' }).waitFor();
    // Another dialog, so that what belongs to the first one is no longer the last that was there.
    await choose(page, 'Once', 'Rename');
    await page.getByRole('button', { name: 'Cancel' }).click();

    expect(window.requests.filter((request) => request.includes(key))).toEqual([]);
    const told = (await window.responses()).filter(({ text }) => text.includes(key));
    expect(told.map(({ url }) => new URL(url).pathname)).toEqual(['/keys/api/keys']);
    expect(await page.content()).not.toContain(key);
    expect(page.url()).not.toContain(key);
    const kept = await page.evaluate(
      'JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie])',
    );
    expect(kept).toBe('[{},{},null,""]');
    const heap = await readHeap(window);
    // As answers of yes and no: a heap is not to be printed.
    expect(
      [heap.includes('Once'), heap.includes(key)],
      'texts of the page are in it, the key is not',
    ).toEqual([true, false]);
    expect(systems().keyhold.output()).not.toContain(key);
    expect(systems().keyhold.output()).not.toContain('khpl_');
  });

  test('nobody closes a key by mistake: Esc and Done ask first, until it was copied', async () => {
    const { link } = await systems().newCustomer('localleads');
    const { page } = await openWindow(browser(), CLIPBOARD);
    await openKeys(page, link);
    const key = await createKey(page, 'Guarded');
    await page.keyboard.press('Escape');
    await page.getByText('Close without copying?').waitFor();
    await page.getByRole('button', { name: 'Go back and copy' }).click();
    expect(await readSecret(page)).toBe(key);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Close without copying?').waitFor();
    await page.keyboard.press('Escape');
    expect(await readSecret(page)).toBe(key);
    await copyAndClose(page);
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
  });

  test('revoking on the page ends a request that streams through the gateway with the key', async () => {
    const { link, issue } = await systems().newCustomer('localleads');
    const { key } = await issue({ name: 'Streaming' });
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    const stream = await fetch(`${systems().keyhold.gateway('localleads')}/api/v1/stream`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(stream.status).toBe(200);
    const reader = stream.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    // Taken at once: the stream may break before the click is over.
    const ending = (async () => {
      while ((await reader?.read())?.done === false);
      return null;
    })().catch((error: unknown) => error);
    await choose(page, 'Streaming', 'Revoke…');
    await page.getByLabel('Type Streaming to confirm').fill('Streaming');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    expect(await ending).toBeInstanceOf(TypeError);
    await page.getByText('“Streaming” is revoked').waitFor();
  });

  test('with the keyboard alone a key is made, copied, renamed, recycled, disabled, enabled and revoked', async () => {
    const { link } = await systems().newCustomer('localleads');
    const { page } = await openWindow(browser(), CLIPBOARD);
    const press = (...keys: string[]) =>
      keys.reduce<Promise<void>>(
        (before, key) => before.then(() => page.keyboard.press(key)),
        Promise.resolve(),
      );
    const isFocused = (locator: ReturnType<typeof page.getByRole>) =>
      locator.and(page.locator(':focus')).waitFor();
    /** Opens the key's menu, goes to the item by these keys, and takes it. */
    const chooseByKeys = async (
      menu: ReturnType<typeof page.getByRole>,
      name: string,
      ...keys: readonly string[]
    ) => {
      await menu.focus();
      await press('Enter');
      await isFocused(page.getByRole('menuitem', { name: 'Rename' }));
      await press(...keys);
      await isFocused(page.getByRole('menuitem', { name }));
      await press('Enter');
    };
    await openKeys(page, link);
    await page.getByRole('button', { name: 'New key' }).first().focus();
    await press('Enter');
    await isFocused(page.getByLabel('Name', { exact: true }));
    await page.keyboard.type('By hand');
    await press('Tab', 'ArrowRight', 'Enter');
    await isFocused(page.getByRole('button', { name: 'Copy key' }));
    await press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await press('Escape');
    await chooseByKeys(page.getByRole('button', { name: 'Actions for By hand' }), 'Rename');
    await isFocused(page.getByLabel('Name', { exact: true }));
    await press('Control+A');
    await page.keyboard.type('Renamed');
    await press('Enter');
    await page.getByRole('row', { name: 'Renamed' }).waitFor();
    const actions = page.getByRole('button', { name: 'Actions for Renamed' });
    await chooseByKeys(actions, 'Recycle…', 'ArrowDown');
    await page.getByRole('button', { name: 'Recycle key' }).focus();
    await press('Enter');
    await isFocused(page.getByRole('button', { name: 'Copy key' }));
    await press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await chooseByKeys(actions, 'Disable…', 'ArrowDown', 'ArrowDown');
    await page.getByRole('button', { name: 'Disable key' }).focus();
    await press('Enter');
    await page.getByText('“Renamed” is disabled.').waitFor();
    await chooseByKeys(actions, 'Enable', 'ArrowDown', 'ArrowDown');
    await page.getByText('“Renamed” works again.').waitFor();
    await chooseByKeys(actions, 'Revoke…', 'End');
    await isFocused(page.getByLabel('Type Renamed to confirm'));
    await page.keyboard.type('Renamed');
    await press('Enter');
    await page.getByText('“Renamed” is revoked').waitFor();
  });

  test('recycling says what the grace means, and both secrets work until it ends', async () => {
    const { link, issue } = await systems().newCustomer('esms-africa');
    const old = await issue({ name: 'Server', environment: 'live', scopes: ['query'] });
    const { page } = await openWindow(browser(), CLIPBOARD);
    await openKeys(page, link);
    await choose(page, 'Server', 'Recycle…');
    await page.getByText('Both work until').waitFor();
    await page.getByText('stops at once').click();
    await page.getByText('Programs that use it fail from this moment').waitFor();
    await page.getByText('works for another 1 hour').click();
    await page.getByRole('button', { name: 'Recycle key' }).click();
    const fresh = await readSecret(page);
    expect(fresh).toMatch(/^esms_live_[a-z0-9]{32}$/);
    await copyAndClose(page);
    await page.getByText('Old secret stops in').waitFor();
    const balance = `${systems().keyhold.gateway('esms-africa')}/api/balance`;
    for (const key of [old.key, fresh]) expect((await call('GET', balance, { key })).status).toBe(200);
  });

  test('a key that waits to be claimed says so, until its link is used; recycling shows it here instead', async () => {
    const { link, sendLink } = await systems().newCustomer('localleads');
    const claimed = await sendLink({ name: 'Claimed' });
    await sendLink({ name: 'Lost' });
    const { page } = await openWindow(browser(), CLIPBOARD);
    await openKeys(page, link);
    const row = page.getByRole('row', { name: 'Lost' });
    await row.getByText('Waiting to be claimed, ends in 3 days').waitFor();
    await row.getByText('Until then it opens nothing').waitFor();

    const recipient = (await openWindow(browser())).page;
    await recipient.goto(claimed);
    await recipient.getByRole('button', { name: 'Show the key' }).click();
    await recipient.getByText('Your key works from now on').waitFor();
    await choose(page, 'Lost', 'Recycle…');
    await page.getByText('The link that waits to be claimed stops working').waitFor();
    await page.getByRole('button', { name: 'Recycle key' }).click();
    const key = await readSecret(page);
    await copyAndClose(page);
    await page.getByText('Waiting to be claimed').first().waitFor({ state: 'detached' });
    const balance = `${systems().keyhold.gateway('localleads')}/api/v1/credits/balance`;
    expect((await call('GET', balance, { key })).status).toBe(200);
  });

  test('somebody who comes with a link that was claimed is seen beside the key, until it is recycled', async () => {
    const { link, sendLink } = await systems().newCustomer('localleads');
    const claimed = await sendLink({ name: 'Shared' });
    for (const outcome of ['Your key works from now on', 'The key was claimed with this link']) {
      const recipient = (await openWindow(browser())).page;
      await recipient.goto(claimed);
      if (outcome.startsWith('Your')) await recipient.getByRole('button', { name: 'Show the key' }).click();
      await recipient.getByText(outcome).waitFor();
    }
    const { page } = await openWindow(browser(), CLIPBOARD);
    await openKeys(page, link);
    await page.getByText('Link tried again').waitFor();
    await page.getByText('Somebody came with its link after it was claimed (now).').waitFor();
    await expectSound(page, 'a link that was tried again');
    await page.getByRole('button', { name: 'Recycle… Shared' }).click();
    await page.getByRole('button', { name: 'Recycle key' }).click();
    await readSecret(page);
    await copyAndClose(page);
    await page.getByText('Link tried again').waitFor({ state: 'detached' });
    expect(await page.getByText('after it was claimed').count()).toBe(0);
  });

  test('the page leads to the guide of its API, which is public', async () => {
    const { link } = await systems().newCustomer('localleads');
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    const guide = page.getByRole('link', { name: 'How to use a key' });
    const address = (await guide.getAttribute('href')) ?? '';
    expect(address).toBe(`${systems().keyhold.url}/guides/localleads`);
    expect((await call('GET', address)).status).toBe(200);
  });

  test('scopes are chosen with the operations that each one opens', async () => {
    const { link } = await systems().newCustomer('esms-africa');
    const { page } = await openWindow(browser(), CLIPBOARD);
    await openKeys(page, link);
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Reports');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('Choose at least one.').waitFor();
    await page.getByText('5 operations').click();
    await page.getByText('GET /api/messages/{id}').waitFor();
    await page.getByLabel('query').check();
    await page.getByText('test', { exact: true }).click();
    await page.getByRole('button', { name: 'Create key' }).click();
    expect(await readSecret(page)).toMatch(/^esms_test_/);
    await copyAndClose(page);
    const row = page.getByRole('row', { name: 'Reports' });
    await row.getByText('query').waitFor();
    await row.getByText('test', { exact: true }).waitFor();
  });

  test('disabling and enabling take effect at once; what the operator disabled cannot be enabled', async () => {
    const { link, issue } = await systems().newCustomer('localleads');
    const { key } = await issue({ name: 'Switch' });
    const held = await issue({ name: 'Held' });
    await systems().keyhold.operator('POST', `/v1/keys/${held.id}/disable`, {});
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    const balance = `${systems().keyhold.gateway('localleads')}/api/v1/credits/balance`;
    const status = async () => (await call('GET', balance, { key })).status;
    await choose(page, 'Switch', 'Disable…');
    await page.getByRole('button', { name: 'Disable key' }).click();
    await page.getByText('“Switch” is disabled.').waitFor();
    expect(await status()).toBe(401);
    await choose(page, 'Switch', 'Enable');
    await page.getByText('“Switch” works again.').waitFor();
    expect(await status()).toBe(200);
    await page.getByText('Disabled by LocalLeads. Ask them to enable it.').waitFor();
    await page.getByRole('button', { name: 'Actions for Held' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Rename', 'Recycle…', 'Revoke…']);
  });

  test('what of the list is shown stands in the address, and the back button leads back', async () => {
    const { link, issue } = await systems().newCustomer('esms-africa');
    const fields = (n: number) => ({ environment: n % 2 === 0 ? 'live' : 'test', scopes: ['send'] });
    for (let n = 1; n <= 18; n++) await issue({ name: `Key ${n}`, ...fields(n) });
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    const names = () => page.locator('tbody th span > span:first-child').allTextContents();
    await page.getByText('1–15 of 18').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('16–18 of 18').waitFor();
    expect(new URL(page.url()).search).toBe('?page=2');
    await page.goBack();
    await page.getByText('1–15 of 18').waitFor();
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    expect((await names()).slice(0, 3)).toEqual(['Key 1', 'Key 2', 'Key 3']);
    await page.getByLabel('Environment').selectOption('test');
    await page.getByLabel('Search keys').fill('key 1');
    expect(await names()).toEqual(['Key 1', 'Key 11', 'Key 13', 'Key 15', 'Key 17']);
    await page.reload();
    await page.getByRole('row', { name: 'Key 17' }).waitFor();
    expect(await names()).toEqual(['Key 1', 'Key 11', 'Key 13', 'Key 15', 'Key 17']);
    await page.getByLabel('Search keys').fill('nothing');
    await page.getByText('No key matches').waitFor();
    await page.getByRole('button', { name: 'Show all keys' }).click();
    await page.getByText('1–15 of 18').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});

describe('the API Keys page with several workers', () => {
  const { browser, subject: systems } = shareWithBrowser(() => startSystems({ workers: 2 }));

  test('whichever worker answers, a key is made, opens something, and is revoked everywhere', async () => {
    const { link } = await systems().newCustomer('localleads');
    const window = await openWindow(browser(), CLIPBOARD);
    const { page } = window;
    await openKeys(page, link);
    const key = await createKey(page, 'Two workers');
    await copyAndClose(page);
    const balance = `${systems().keyhold.gateway('localleads')}/api/v1/credits/balance`;
    // Connections of their own, so that both workers are asked.
    const statuses = async () =>
      new Set(
        await Promise.all(
          Array.from({ length: 8 }, async () => (await call('GET', balance, { key })).status),
        ),
      );
    expect(await statuses()).toEqual(new Set([200]));
    await choose(page, 'Two workers', 'Revoke…');
    await page.getByLabel('Type Two workers to confirm').fill('Two workers');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('“Two workers” is revoked').waitFor();
    expect(await statuses()).toEqual(new Set([401]));
    expect(window.console).toEqual([]);
  });
});
