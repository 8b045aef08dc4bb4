import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startKeyhold } from '../examples/demo/keyhold-process.ts';
import { call } from './_http.ts';

const run = promisify(execFile);

test('the built command serves from a folder that has no node_modules', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-build-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const out = join(directory, 'built');
  await run(process.execPath, [join(import.meta.dirname, '../scripts/build.ts'), out]);
  const command = join(out, 'keyhold.js');
  expect((await run(process.execPath, [command, 'openapi'])).stdout).toContain('"openapi": "3.1');

  const configFile = join(directory, 'keyhold.yaml');
  await writeFile(configFile, '');
  const keyhold = await startKeyhold({
    configFile,
    dataDirectory: join(directory, 'data'),
    port: 0,
    command,
  });
  onTestFinished(() => keyhold.stop());
  const answer = await call('POST', `${keyhold.url}/v1/organizations`, {
    key: keyhold.printedOperatorToken ?? '',
    body: { id: 'acme', name: 'Acme Ltd' },
  });
  expect(answer.status).toBe(201);
  const page = await call('GET', `${keyhold.url}/portal/default`);
  const [script = ''] = /\/portal\/default\/assets\/[\w-]+\.js/.exec(page.text) ?? [];
  expect((await call('GET', keyhold.url + script)).status).toBe(200);
  expect((await call('GET', `${keyhold.url}/portal/default/element.js`)).status).toBe(200);
});
