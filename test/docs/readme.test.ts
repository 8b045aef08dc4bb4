import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { FIELDS_NOT_BUILT } from '../../packages/server/src/config/fields-not-built.ts';
import { startKeyhold } from '../_harness.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const walk = readme.slice(readme.indexOf('## Five minutes'), readme.indexOf('## Three systems'));
const [service = '', gateway = ''] = walk.split('**In front of an API.**');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] as string);
}

/** Runs the shell blocks of a part of the walk as one script, the way a reader's terminal does. */
async function runShell(text: string, ports: Record<string, string>, token: string): Promise<string> {
  let script = `set -eu\n${blocks(text, 'sh').join('\n')}`;
  for (const [printed, real] of Object.entries(ports)) script = script.replaceAll(printed, real);
  const environment = {
    ...process.env,
    KEYHOLD_OPERATOR_TOKEN: token,
    KEYHOLD_URL: ports['http://127.0.0.1:8080'],
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: root, env: environment });
  return stdout;
}

/** A printed answer, where `…` is anything. */
function toPattern(printed: string): RegExp {
  return new RegExp(
    printed
      .trim()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^"]*'),
  );
}

test('the walk with curl works word for word on a first start', async () => {
  const keyhold = await startKeyhold('');
  onTestFinished(() => keyhold.stop());
  const output = await runShell(service, { 'http://127.0.0.1:8080': keyhold.url }, keyhold.operatorToken);
  for (const answer of blocks(service, 'json')) expect(output).toMatch(toPattern(answer));
  expect(output).toMatch(/Staging server/);
});

test('the walk through the gateway works word for word', async () => {
  const upstream = createServer((request, response) => {
    const { 'keyhold-organization': organization, authorization } = request.headers;
    response.end(`${String(organization)} calls ${request.url}, key: ${authorization}\n`);
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void upstream.close());
  const upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const [configuration = ''] = blocks(gateway, 'yaml');
  const keyhold = await startKeyhold(
    configuration.replace('127.0.0.1:9000', '127.0.0.1:0').replace('http://127.0.0.1:9001', upstreamUrl),
  );
  onTestFinished(() => keyhold.stop());
  const ports = { 'http://127.0.0.1:8080': keyhold.url, 'http://127.0.0.1:9000': keyhold.gateway('hello') };
  const output = await runShell(gateway, ports, keyhold.operatorToken);
  const expected = blocks(gateway, '').at(-1) as string;
  for (const line of expected.trim().split('\n')) expect(output).toContain(line);
});

test('the table of what is not there yet is the list of what the configuration refuses', () => {
  const section = readme.slice(
    readme.indexOf('## What it does not do yet'),
    readme.indexOf('## Documentation'),
  );
  const listed = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map((match) => [match[1], match[2]]);
  expect(listed).toEqual(
    FIELDS_NOT_BUILT.map(({ section: where, name, what }) => [`${where}.${name}`, what]),
  );
});
