import { describe, expect, test } from 'vitest';
import { openWindow, shareWithBrowser } from './_browser.ts';
import { OWNER } from './_console.ts';
import { startSystems } from './_keys-page.ts';
import { createTotp } from './_totp.ts';

describe('the operator’s console from its first start', () => {
  const { browser, subject: systems } = shareWithBrowser(startSystems);

  test('the set-up link makes the owner, who turns codes on, suspends an organization, and finds it in the audit log', async () => {
    const { keyhold, newCustomer } = systems();
    const { organization, issue } = await newCustomer('localleads');
    const { key } = await issue({ name: 'Suspended with it' });
    const window = await openWindow(browser());
    const { page } = window;
    await page.goto(/\S+\/console\/setup#\S+/.exec(keyhold.output())?.[0] ?? '');
    await page.getByLabel('Your name').fill(OWNER.name);
    expect(page.url(), 'the code is out of the address').toBe(`${keyhold.url}/console/setup`);
    await page.getByLabel('E-mail').fill(OWNER.email);
    await page.getByLabel('Password').fill('too short');
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByText('Choose a password of at least 12 characters.').waitFor();
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Create my account' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await page.getByRole('link', { name: OWNER.name }).click();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByRole('img', { name: 'The secret' }).waitFor();
    await page.getByText('It cannot be scanned').click();
    const secret = (await page.getByRole('dialog').locator('code').textContent()) ?? '';
    await page.getByLabel('Code', { exact: true }).fill(createTotp(secret, Date.now()));
    await page.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click();
    const recoveryCodes = page.getByRole('alertdialog').getByRole('listitem');
    await recoveryCodes.first().waitFor();
    expect(await recoveryCodes.count()).toBe(10);
    const recoveryCode = (await recoveryCodes.first().textContent()) ?? '';
    await page.keyboard.press('Escape');
    expect(await recoveryCodes.count(), 'nobody closes them by mistake').toBe(10);
    await page.getByText('I have put them where I will find them').click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Turn off…' }).waitFor();

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('E-mail').fill(OWNER.email);
    await page.getByLabel('Password').fill('not the password at all');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByLabel('Code').fill(recoveryCode);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await page.getByRole('link', { name: 'Organizations', exact: true }).click();
    await page.getByLabel('Search organizations').fill(organization);
    await page.getByRole('row', { name: organization }).getByRole('link').click();
    await page.getByText('In good standing').waitFor();
    const name = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
    await page.getByRole('button', { name: 'Suspend…' }).click();
    const suspend = page.getByRole('button', { name: 'Suspend', exact: true });
    expect(await suspend.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel(`Type ${name} to confirm`).fill(name);
    await suspend.click();
    await page.getByText('is suspended; its keys work nowhere').waitFor();
    const verdict = await keyhold.operator('POST', '/v1/verify', { key });
    expect(verdict.body).toEqual({ valid: false, reason: 'organization_suspended' });

    await page.getByRole('link', { name: 'All events' }).click();
    const event = page.getByRole('row', { name: 'Organization suspended' });
    await event.getByText('You').waitFor();
    await event.getByRole('link', { name }).waitFor();
    await event.getByRole('button').click();
    await page.getByRole('dialog').getByText('organization.suspend').waitFor();
    await page.getByRole('dialog').getByText(`${OWNER.name} · Person · person_`).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    expect((await saved).suggestedFilename()).toBe('keyhold-audit-log.csv');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();

    // The browser notes every refused log-in by itself; nothing else is said.
    const said = window.console.filter((text) => !text.startsWith('Failed to load resource'));
    expect(said).toEqual([]);
    for (const secretText of [OWNER.password, secret, recoveryCode]) {
      expect(keyhold.output()).not.toContain(secretText);
      expect(await page.content()).not.toContain(secretText);
    }
  });
});
