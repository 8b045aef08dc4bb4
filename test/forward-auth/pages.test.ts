import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Asked, startAsked } from './_keyhold.ts';
import { reasonToLeaveOut } from './_program.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['index', 'nginx', 'caddy', 'traefik', 'envoy'] as const;

function page(name: string): string {
  return readFileSync(join(ROOT, `docs/forward-auth/${name}.md`), 'utf8');
}

function blocks(text: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map((match) => match[2] as string);
}

/** The lines that say something: without indentation, comments and what only gives a block its shape. */
function statements(text: string): string[] {
  return text
    .split(/\n|(?<=[;{])\s+(?=\S)/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '' && line !== '}');
}

/** Expects that what a page shows stands in the example's file, in this order. */
function expectExcerpt(shown: string, file: string): void {
  const remaining = statements(file);
  for (const line of statements(shown)) {
    const index = remaining.indexOf(line);
    expect(index, `"${line}" is not in the example's file, or not in this order`).not.toBe(-1);
    remaining.splice(0, index + 1);
  }
}

const example = (path: string) => readFileSync(join(ROOT, 'examples/forward-auth', path), 'utf8');

describe('what a page shows is what the tests run', () => {
  test('nginx', () => {
    const sites = example('nginx/sites.conf');
    const files = [
      sites,
      sites.replace('server 127.0.0.1:8080;', 'server unix:/run/keyhold/authorize.sock;'),
      example('nginx/keyhold/denials-localleads.conf'),
      sites,
    ];
    const shown = blocks(page('nginx'), 'nginx');
    expect(shown).toHaveLength(files.length);
    for (const [index, block] of shown.entries()) expectExcerpt(block, files[index] as string);
  });

  test.each([
    ['caddy', 'caddy', 'Caddyfile', 3],
    ['traefik', 'yaml', 'traefik.yaml', 1],
    ['envoy', 'yaml', 'envoy.yaml', 1],
  ] as const)('%s', (name, language, file, count) => {
    const shown = blocks(page(name), language);
    expect(shown).toHaveLength(count);
    for (const block of shown) expectExcerpt(block, example(file));
  });

  test('every include of the example is a file of it, and every file is included', () => {
    const texts = [
      'sites.conf',
      ...readdirSync(join(ROOT, 'examples/forward-auth/nginx/keyhold')).map((f) => `keyhold/${f}`),
    ];
    const included = texts.flatMap((path) =>
      [...example(`nginx/${path}`).matchAll(/include (\S+);/g)].map((m) => m[1]),
    );
    expect(new Set(included)).toEqual(new Set(texts.slice(1)));
  });

  test('every page leads to the others that it names', () => {
    for (const name of PAGES) {
      for (const [, target] of page(name).matchAll(/\]\((\w+)\.md\)/g)) expect(PAGES).toContain(target);
    }
  });
});

describe('the commands of the pages', () => {
  const missing = reasonToLeaveOut('curl');
  let asked: Asked;
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });
  beforeAll(async () => {
    if (missing === null) asked = await startAsked();
  });
  afterAll(() => asked?.stop());

  async function run(command: string, environment: Record<string, string> = {}): Promise<string> {
    const script = command.replaceAll('http://127.0.0.1:8080', asked.keyhold.url);
    const env = { PATH: process.env['PATH'], ...environment };
    return (await promisify(execFile)('bash', ['-c', script], { env })).stdout;
  }

  test('asking by hand answers as the page shows', async () => {
    const { key } = await asked.issueEsms();
    const [command = ''] = blocks(page('index'), 'sh');
    const answer = await run(command, { KEY: key });
    const [shown = ''] = blocks(page('index'), 'http');
    for (const line of shown.trim().split('\n')) expect(answer).toContain(line.replace(/…$/, ''));
  });

  test("the bytes for nginx are those that the example's files hold", async () => {
    const [command = ''] = blocks(page('nginx'), 'sh');
    const body = await run(command);
    expect(example('nginx/keyhold/denials-localleads.conf')).toContain(`return 401 '${body}';`);
    const standard = await run(command.replace('localleads', 'esms-africa'));
    expect(example('nginx/keyhold/denials.conf')).toContain(`return 401 '${standard}';`);
  });
});
