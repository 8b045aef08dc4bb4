import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { findProgram } from '../../../test/forward-auth/_program.ts';

/** Why suites that need a browser are left out; null: it is here. Throws where every part must be there. */
function reasonWithoutBrowser(): string | null {
  if (findProgram('chromium') !== null) return null;
  const reason =
    'chromium is not installed here; add it with: apt-get install --no-install-recommends chromium';
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

/** What the tests of a suite share: a browser, and whatever it looks at. */
export interface Shared<Subject> {
  /** To be called by tests. */
  browser(): Browser;
  subject(): Subject;
}

/** Starts both before the tests of the suite that calls this, and stops both after; without a browser the tests are left out. */
export function shareWithBrowser<Subject extends { stop(): Promise<void> }>(
  start: () => Promise<Subject>,
): Shared<Subject> {
  const reason = reasonWithoutBrowser();
  let browser: Browser | undefined;
  let subject: Subject | undefined;
  beforeAll(async () => {
    if (reason !== null) return;
    [subject, browser] = await Promise.all([start(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await subject?.stop();
  });
  beforeEach(({ skip }) => skip(reason !== null, reason ?? ''));
  const require = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error('Nothing is started yet: ask for it in a test.');
    return part;
  };
  return { browser: () => require(browser), subject: () => require(subject) };
}

async function launchBrowser(): Promise<Browser> {
  const executablePath = findProgram('chromium') ?? '';
  // A container's root has no sandbox to give; the pages are our own.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** One person's browser window, with everything it sent, received and said. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Every request: address, headers and body as one text. */
  readonly requests: string[];
  /** The text of every answer, once it is read whole. */
  responses(): Promise<readonly { readonly url: string; readonly text: string }[]>;
  /** Whatever the page or the browser wrote to the console. */
  readonly console: string[];
}

/** Opens a window that is closed when the test ends. Nothing outside of this machine can be reached from it. */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const requests: string[] = [];
  const answers: Promise<{ url: string; text: string }>[] = [];
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) =>
    requests.push(`${request.url()}\n${JSON.stringify(request.headers())}\n${request.postData() ?? ''}`),
  );
  page.on('response', (response) => {
    const text = response.text().catch(() => '');
    answers.push(text.then((body) => ({ url: response.url(), text: body })));
  });
  return { page, context, requests, console: said, responses: () => Promise.all(answers) };
}

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

/** Everything on the page's heap that is text, garbage collected first. */
export async function readHeap({ page, context }: Window): Promise<string> {
  const devtools = await context.newCDPSession(page);
  let heap = '';
  devtools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    heap += chunk;
  });
  await devtools.send('HeapProfiler.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await devtools.detach();
  return heap;
}
