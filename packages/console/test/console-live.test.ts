import { describe, expect, test } from 'vitest';
import { call } from '../../../test/_http.ts';
import { openWindow, shareWithBrowser } from './_browser.ts';
import { startConsole } from './_console.ts';
import { expectSound } from './_sound.ts';

/** Verdicts travel with the usage of their second; a loaded machine takes its time. */
const SOON = { timeout: 60_000 };

describe('the live view of the operator’s console', () => {
  const { browser, subject: systems } = shareWithBrowser(startConsole);

  test('a call shows with its verdict and the reason, without what was presented; a pause and filters hold', async () => {
    const { organization, issue } = await systems().newCustomer('esms-africa');
    const { id, key } = await issue({ name: 'Seen', environment: 'live', scopes: ['query'] });
    const window = await openWindow(browser());
    const { page } = window;
    await systems().signIn(window.context);
    await page.goto(`${systems().consoleUrl}/live?organization=${organization}`);
    await page.getByText('Waiting for verdicts').waitFor();
    await expectSound(page, 'live, nothing yet');
    const gateway = systems().keyhold.gateway('esms-africa');
    const refused = page.getByRole('row', { name: 'Its scopes do not open the operation' });
    const accepted = page.getByRole('row', { name: 'Accepted' });
    // Nobody is told of until somebody watches; so it is asked until one arrives.
    await expect
      .poll(async () => {
        await call('GET', `${gateway}/api/webhooks`, { key });
        return await refused.count();
      }, SOON)
      .toBeGreaterThan(0);
    await refused.first().getByText('GET /api/webhooks').waitFor();
    await refused.first().getByText('127.0.0.1').waitFor();
    await expectSound(page, 'live');

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: nothing new is asked for.').waitFor();
    const before = window.requests.filter((request) => request.includes('/v1/verdicts')).length;
    expect((await call('GET', `${gateway}/api/balance`, { key })).status).toBe(200);
    await page.getByRole('button', { name: 'Go on' }).click();
    await accepted.first().waitFor(SOON);
    expect(window.requests.filter((request) => request.includes('/v1/verdicts')).length).toBeGreaterThan(
      before,
    );
    await page.getByLabel('Outcome').selectOption('Accepted');
    await expect.poll(() => refused.count(), SOON).toBe(0);
    await accepted.first().waitFor(SOON);
    await page
      .getByRole('link', { name: id.slice(0, 8) })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Seen' }).waitFor();

    const told = (await window.responses()).filter(({ text }) => text.includes(key));
    expect(told.map(({ url }) => url)).toEqual([]);
    expect(window.console).toEqual([]);
  });
});
