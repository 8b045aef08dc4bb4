import { describe, expect, test } from 'vitest';
import { call } from '../../../test/_http.ts';
import { openWindow, shareWithBrowser } from './_browser.ts';
import { choose, createKey, openKeys, startSystems } from './_keys-page.ts';
import { expectSound } from './_sound.ts';

describe('every state of the API Keys page', () => {
  const { browser, subject: systems } = shareWithBrowser(startSystems);

  test('empty, list and menu are sound in light, dark, phone and desktop', async () => {
    const { link, issue, sendLink } = await systems().newCustomer('esms-africa');
    const window = await openWindow(browser());
    const { page } = window;
    await openKeys(page, link);
    await expectSound(page, 'empty');
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByText('3 operations').first().click();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('Give the key a name.').waitFor();
    await expectSound(page, 'new key, with errors');
    await page.getByRole('button', { name: 'Cancel' }).click();

    await sendLink({ name: 'Sent', environment: 'live', scopes: ['send'] });
    const key = await issue({ name: 'Server', environment: 'live', scopes: ['send', 'query'] });
    await issue({
      name: 'Trial with a name that is so long that it has to break somewhere on a telephone',
      environment: 'test',
      scopes: ['send'],
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    });
    await call('GET', `${systems().keyhold.gateway('esms-africa')}/api/balance`, { key: key.key });
    await call('GET', `${systems().keyhold.gateway('esms-africa')}/api/webhooks`, { key: key.key });
    const usage = page.getByRole('button', { name: 'Usage of Server, last 30 days: 1 calls, 1 refused' });
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.getByRole('row', { name: 'Server' }).waitFor();
          await page.locator('.kh-shimmer').first().waitFor({ state: 'detached' });
          return await usage.count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    await expectSound(page, 'list');
    await usage.focus();
    await page.keyboard.press('Enter');
    await page.getByText('30 days up to').waitFor();
    await expectSound(page, 'usage');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Actions for Server' }).click();
    await page.getByRole('menuitem').first().waitFor();
    await expectSound(page, 'menu');
    await page.keyboard.press('Escape');
    expect(window.console).toEqual([]);
  });

  test('every dialog is sound in light, dark, phone and desktop', async () => {
    const { link, issue } = await systems().newCustomer('esms-africa');
    await issue({ name: 'Server', environment: 'live', scopes: ['send', 'query'] });
    const window = await openWindow(browser());
    const { page } = window;
    await openKeys(page, link);
    for (const [action, button] of [
      ['Rename', 'Save'],
      ['Recycle…', 'Recycle key'],
      ['Disable…', 'Disable key'],
      ['Revoke…', 'Revoke key'],
    ] as const) {
      await choose(page, 'Server', action);
      await page.getByRole('button', { name: button }).waitFor();
      await expectSound(page, action);
      await page.getByRole('button', { name: 'Cancel' }).click();
    }
    expect(window.console).toEqual([]);
  });

  test('the key that is shown, and the question before it is gone, are sound', async () => {
    const { link } = await systems().newCustomer('localleads');
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    await createKey(page, 'Shown');
    await expectSound(page, 'reveal');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Close without copying?').waitFor();
    await expectSound(page, 'leaving');
  });

  test('a full house says so, with the reason, and offers no further key', async () => {
    const { link, issue } = await systems().newCustomer('localleads');
    for (let n = 1; n <= 10; n++) await issue({ name: `Key ${n}` });
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    await page.getByText('10 of 10 active').waitFor();
    await page.getByText('You have 10 active keys, which is the most there can be.').waitFor();
    await page.getByRole('button', { name: 'New key' }).click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    await expectSound(page, 'full');
  });

  test('what the keyspace does not have is not there', async () => {
    const { link, issue } = await systems().newCustomer('localleads');
    await issue({ name: 'Plain' });
    const { page } = await openWindow(browser());
    await openKeys(page, link);
    expect(await page.getByRole('columnheader', { name: 'Access' }).count()).toBe(0);
    expect(await page.getByLabel('Environment').count()).toBe(0);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).waitFor();
    expect(await page.getByText('What it may do').count()).toBe(0);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await choose(page, 'Plain', 'Recycle…');
    await page.getByText('The old secret stops at once.').waitFor();
  });

  test('loading, failing and a busy server are drawn, and trying again works', async () => {
    const { link, issue } = await systems().newCustomer('localleads');
    await issue({ name: 'Still here' });
    const { page } = await openWindow(browser());
    const held = Promise.withResolvers<void>();
    await page.route('**/api/keys', async (route) => {
      await held.promise;
      await route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' });
    });
    await page.goto(link);
    await page.getByText('Loading your keys…').waitFor({ state: 'attached' });
    await expectSound(page, 'loading');
    held.resolve();
    await page.getByText('Your keys could not be loaded').waitFor();
    await expectSound(page, 'error');
    await page.unroute('**/api/keys');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row', { name: 'Still here' }).waitFor();

    await page.route('**/revoke', (route) => route.abort());
    await choose(page, 'Still here', 'Revoke…');
    await page.getByLabel('Type Still here to confirm').fill('Still here');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('That did not work: the service could not be reached.').waitFor();
    await page.unroute('**/revoke');
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByText('“Still here” is revoked').waitFor();
  });

  test('a link that was used, a session that has ended, and signing out are drawn', async () => {
    const { link } = await systems().newCustomer('localleads');
    const { page, context } = await openWindow(browser());
    await openKeys(page, link);
    const other = await context.browser()?.newContext();
    const stranger = await other?.newPage();
    await stranger?.goto(link);
    await stranger?.getByText('This link has been used').waitFor();
    if (stranger !== undefined) await expectSound(stranger, 'used link');
    await other?.close();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out').waitFor();
    await expectSound(page, 'signed out');
    await page.reload();
    await page.getByText('Your session has ended').waitFor();
    await expectSound(page, 'ended');
  });
});
