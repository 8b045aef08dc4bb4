import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { openWindow, shareWithBrowser, type Window } from './_browser.ts';
import { OWNER, startConsole } from './_console.ts';
import { expectSound } from './_sound.ts';

describe('every state of the operator’s console', () => {
  const { browser, subject: systems } = shareWithBrowser(startConsole);

  async function openConsole(): Promise<Window> {
    const window = await openWindow(browser());
    await systems().signIn(window.context);
    return window;
  }
  async function go(page: Page, path: string, heading: string): Promise<void> {
    await page.goto(systems().consoleUrl + path);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await page.locator('.kh-shimmer').first().waitFor({ state: 'detached' });
  }

  test('before the log-in: set-up, invitation, log-in and its refusal are sound', async () => {
    const { page } = await openWindow(browser());
    await go(page, '/setup#code', 'Set up Keyhold');
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText('Give an e-mail address.').waitFor();
    await expectSound(page, 'set-up, with errors');
    await go(page, '/invitation', 'This is not the whole link');
    await expectSound(page, 'half a link');
    await go(page, '/login', 'Nobody is here yet');
    await expectSound(page, 'log-in before the set-up');
    await openConsole();
    await go(page, '/login?refused=oidc', 'Log in');
    await page.getByRole('alert').waitFor();
    await expectSound(page, 'log-in, refused');
  });

  test('organizations: empty, list, nothing found, one of them and every dialog are sound', async () => {
    const { page, console: said } = await openConsole();
    await go(page, '/organizations', 'Organizations');
    await page.getByText('No organizations yet').waitFor();
    await expectSound(page, 'no organizations');
    const { organization, issue } = await systems().newCustomer('esms-africa');
    await issue({ name: 'Server', environment: 'live', scopes: ['send', 'query'] });
    await go(page, '/organizations', 'Organizations');
    await page.getByRole('row', { name: organization }).waitFor();
    await expectSound(page, 'organizations');
    await go(page, '/organizations?q=nobody-is-called-so', 'Organizations');
    await page.getByText('No organization matches').waitFor();
    await expectSound(page, 'no organization found');
    await page.getByRole('button', { name: 'New organization' }).click();
    await page.getByRole('button', { name: 'Create organization' }).click();
    await page.getByText('Give the organization a name.').waitFor();
    await expectSound(page, 'new organization, with errors');
    await page.goto(`${systems().consoleUrl}/organizations/${organization}`);
    await page.getByRole('table', { name: 'Its newest keys' }).getByRole('row', { name: 'Server' }).waitFor();
    await page.getByRole('row', { name: 'Key issued' }).waitFor();
    await expectSound(page, 'organization');
    for (const [action, submit] of [
      ['Edit', 'Save'],
      ['Suspend…', 'Suspend'],
      ['Revoke all keys…', 'Revoke 1 key'],
    ] as const) {
      await page.getByRole('button', { name: action }).click();
      await page.getByRole('button', { name: submit, exact: true }).waitFor();
      await expectSound(page, action);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: submit, exact: true }).waitFor({ state: 'detached' });
    }
    expect(said).toEqual([]);
  });

  test('audit log, keyspaces, tokens, people and profile with their dialogs are sound', async () => {
    const { page, console: said } = await openConsole();
    await systems().newCustomer('localleads');
    await go(page, '/audit', 'Audit log');
    await page.getByRole('row', { name: 'Console set up' }).waitFor();
    await expectSound(page, 'audit log');
    await page.getByRole('button', { name: 'Organization made' }).first().click();
    await page.getByRole('dialog').waitFor();
    await expectSound(page, 'event');
    await go(page, '/audit?from=2020-01-01&to=2020-01-02', 'Audit log');
    await page.getByText('No event matches').waitFor();
    await expectSound(page, 'no event');
    await go(page, '/keyspaces', 'Keyspaces');
    await page.getByText('3 operations').first().click();
    await expectSound(page, 'keyspaces');
    await go(page, '/operators', 'Operator tokens');
    await expectSound(page, 'tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByText('Only some').click();
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByText('Give the token a name.').waitFor();
    await expectSound(page, 'new token, with errors');
    await go(page, '/people', 'People');
    await page.getByRole('button', { name: `Actions for ${OWNER.name}` }).click();
    await page.getByRole('menuitem').first().waitFor();
    await expectSound(page, 'people, with the menu');
    await page.getByRole('menuitem', { name: 'Change role…' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor();
    await expectSound(page, 'role');
    await go(page, '/people', 'People');
    await page.getByRole('button', { name: /browser/ }).click();
    await page.getByRole('dialog').waitFor();
    await expectSound(page, 'sessions');
    await go(page, '/people', 'People');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByRole('button', { name: 'Make the invitation' }).waitFor();
    await expectSound(page, 'invite');
    await go(page, '/profile', 'Your profile');
    await expectSound(page, 'profile');
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByRole('img').waitFor();
    await expectSound(page, 'one-time codes');
    await go(page, '/profile', 'Your profile');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByLabel('New password').waitFor();
    await expectSound(page, 'password');
    await go(page, '/nowhere', 'There is nothing here');
    await expectSound(page, 'nowhere');
    expect(said).toEqual([]);
  });

  test('what could not be read says so, and is read again when asked', async () => {
    const { page } = await openConsole();
    await systems().newCustomer('localleads');
    let isDown = true;
    await page.route('**/v1/organizations?*', (route) => (isDown ? route.abort() : route.continue()));
    await page.goto(`${systems().consoleUrl}/organizations`);
    await page.getByText('Keyhold could not be reached').waitFor();
    await expectSound(page, 'not reached');
    isDown = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row').nth(1).waitFor();
    await page.goto(`${systems().consoleUrl}/organizations/nobody`);
    await page.getByText('There is no such organization').waitFor();
  });

  test('an organization is found and suspended by keyboard alone', async () => {
    const { organization } = await systems().newCustomer('localleads');
    const { page } = await openConsole();
    const { keyboard } = page;
    await go(page, '/', 'Overview');
    const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""');
    async function tabTo(text: string): Promise<void> {
      for (let presses = 0; (await focused()) !== text; presses++) {
        expect(presses, `the way to ${text}`).toBeLessThan(60);
        await keyboard.press('Tab');
      }
    }
    await keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await tabTo('Organizations');
    await keyboard.press('Enter');
    await page.getByLabel('Search organizations').focus();
    await keyboard.type(organization);
    await keyboard.press('Enter');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    const name = (await page.getByRole('row').nth(1).getByRole('link').textContent()) ?? '';
    await tabTo(name);
    await keyboard.press('Enter');
    await page.getByText('In good standing').waitFor();
    await tabTo('Suspend…');
    await keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('INPUT');
    await keyboard.type(name);
    await keyboard.press('Enter');
    await page.getByText('its keys work nowhere').waitFor();
    await expect.poll(focused, { message: 'the focus comes back' }).toBe('Resume…');
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await keyboard.press('Escape');
    await expect.poll(focused).toBe('Resume…');
  });

  test('a view, an organization and a key are found by their names, from anywhere', async () => {
    const { organization, issue } = await systems().newCustomer('localleads');
    await issue({ name: 'Found by its name' });
    const { page, console: said } = await openConsole();
    await go(page, '/', 'Overview');
    const find = async (text: string, place: string) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'A view, an organization or a key' }).fill(text);
      await page.getByRole('option', { name: place }).waitFor();
    };
    await find('audit', 'Audit log');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Audit log' }).waitFor();
    await find(organization, 'Organization');
    await page.getByRole('option', { name: 'Organization' }).first().click();
    await page.getByText('In good standing').waitFor();
    await find('found by', 'Found by its name');
    await expectSound(page, 'find');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Found by its name' }).waitFor();
    expect(said).toEqual([]);
  });

  test('the first view takes less than 150 kB of compressed script', async () => {
    const { page } = await openConsole();
    const scripts: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (request.resourceType() !== 'script') return;
      scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await go(page, '/', 'Overview');
    const sizes = await Promise.all(scripts);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(150_000);
  });
});
