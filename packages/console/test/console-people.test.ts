import { describe, expect, test } from 'vitest';
import { openWindow, shareWithBrowser, type Window } from './_browser.ts';
import { OWNER, startConsole } from './_console.ts';

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };
const INVITED = { name: 'Lena Vogt', password: 'river cabin seventeen owls' };

describe('people in the operator’s console', () => {
  const { browser, subject: systems } = shareWithBrowser(startConsole);

  async function openConsole(path: string): Promise<Window> {
    const window = await openWindow(browser(), CLIPBOARD);
    await systems().signIn(window.context);
    await window.page.goto(systems().consoleUrl + path);
    await window.page.getByRole('heading', { level: 1 }).waitFor();
    return window;
  }

  test('somebody who was invited comes in by the link, sees what their role may, and is out once disabled', async () => {
    const { organization } = await systems().newCustomer('localleads');
    const { page } = await openConsole('/people');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByLabel('Name', { exact: true }).fill('L. Vogt');
    await page.getByLabel('E-mail').fill('lena@example.com');
    await page.getByText('Read-only').click();
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    await page.getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate<string>('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: 'lena@example.com' }).getByText('Invited').waitFor();

    const theirs = (await openWindow(browser())).page;
    await theirs.goto(link);
    await theirs.getByLabel('Your name').fill(INVITED.name);
    expect(theirs.url()).toBe(`${systems().consoleUrl}/invitation`);
    await theirs.getByLabel('Password').fill(INVITED.password);
    await theirs.getByRole('button', { name: 'Continue' }).click();
    await theirs.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await theirs.getByRole('link', { name: 'People' }).count()).toBe(0);
    expect(await theirs.getByRole('link', { name: 'Operator tokens' }).count()).toBe(0);
    await theirs.goto(`${systems().consoleUrl}/organizations/${organization}`);
    await theirs.getByText('In good standing').waitFor();
    for (const name of ['Edit', 'Suspend…', 'Revoke all keys…']) {
      expect(await theirs.getByRole('button', { name }).count(), name).toBe(0);
    }
    await theirs.goto(`${systems().consoleUrl}/organizations`);
    await theirs.getByRole('row', { name: organization }).waitFor();
    expect(await theirs.getByRole('button', { name: 'New organization' }).count()).toBe(0);

    await page.reload();
    await page.getByRole('row', { name: INVITED.name }).getByRole('button', { name: '1 browser' }).click();
    await page.getByText('on Linux').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: `Actions for ${INVITED.name}` }).click();
    await page.getByRole('menuitem', { name: 'Disable…' }).click();
    await page.getByLabel(`Type ${INVITED.name} to confirm`).fill(INVITED.name);
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText(`${INVITED.name} is disabled and logged out.`).waitFor();
    await theirs.getByRole('link', { name: 'Audit log' }).click();
    await theirs.getByRole('heading', { name: 'Log in' }).waitFor();

    const second = (await openWindow(browser())).page;
    await second.goto(link);
    await second.getByLabel('Your name').fill('Somebody else');
    await second.getByLabel('Password').fill(INVITED.password);
    await second.getByRole('button', { name: 'Continue' }).click();
    await second.getByRole('alert').waitFor();
  });

  test('the last owner stays one, and is told why', async () => {
    const { page } = await openConsole('/people');
    await page.getByRole('button', { name: `Actions for ${OWNER.name}` }).click();
    await page.getByRole('menuitem', { name: 'Change role…' }).click();
    await page.getByRole('alertdialog').getByText('Operator', { exact: true }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('row', { name: OWNER.name }).getByText('Owner').waitFor();
  });

  test('an operator token is shown once, works, and is revoked by its name', async () => {
    const { page, console: said } = await openConsole('/operators');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Billing');
    await page.getByLabel('organizations:read').check();
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByRole('button', { name: 'Copy token' }).click();
    const token = await page.evaluate<string>('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('row', { name: 'Billing' }).getByText('Never used').waitFor();
    expect(await page.content()).not.toContain(token);
    const headers = { authorization: `Bearer ${token}` };
    const read = () => fetch(`${systems().keyhold.url}/v1/organizations`, { headers });
    expect((await read()).status).toBe(200);
    await page.getByRole('button', { name: 'Actions for Billing' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await page.getByLabel('Type Billing to confirm').fill('Billing');
    await page.getByRole('button', { name: 'Revoke token' }).click();
    await page.getByText('“Billing” is revoked').waitFor();
    expect((await read()).status).toBe(401);
    expect(said).toEqual([]);
  });

  test('a call that asks who is there is made once the password was given, and not made without', async () => {
    const { page } = await openConsole('/people');
    const question = (name: string) => page.getByRole('alertdialog', { name });
    let refusals = 2;
    await page.route('**/v1/people/*/end-sessions', async (route) => {
      if (refusals-- <= 0) return await route.continue();
      const body = { status: 403, code: 'reauthentication_required', detail: 'Prove who you are.' };
      await route.fulfill({ status: 403, contentType: 'application/problem+json', json: body });
    });
    await page.getByRole('button', { name: `Actions for ${OWNER.name}` }).click();
    await page.getByRole('menuitem', { name: 'Log out everywhere…' }).click();
    await question(`Log ${OWNER.name} out everywhere`).getByRole('button', { name: 'Log out' }).click();
    await question('Is it you?').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing was done').waitFor();

    await question(`Log ${OWNER.name} out everywhere`).getByRole('button', { name: 'Log out' }).click();
    await question('Is it you?').getByLabel('Password').fill('not the password at all');
    await page.keyboard.press('Enter');
    await question('Is it you?').getByRole('alert').waitFor();
    await question('Is it you?').getByLabel('Password').fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('a session that has ended leads to the log-in, and from there back to the place', async () => {
    const { organization } = await systems().newCustomer('localleads');
    const { page, context } = await openConsole(`/organizations?q=${organization}`);
    await context.clearCookies();
    await page.getByRole('row', { name: organization }).getByRole('link').click();
    await page.getByLabel('E-mail').fill(OWNER.email);
    await page.getByLabel('Password').fill(OWNER.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('In good standing').waitFor();
    expect(page.url()).toBe(`${systems().consoleUrl}/organizations/${organization}`);
  });
});
