import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAsked } from '../forward-auth/_keyhold.ts';
import { runWithInput, testClient } from './_client-contract.ts';

const source = join(import.meta.dirname, '../../clients/go');
const missing = findReasonToLeaveOut();
let directory: string;

function findReasonToLeaveOut(): string | null {
  if (spawnSync('go', ['version']).status === 0) return null;
  const reason = 'go is not installed here; add it with: apt-get install --no-install-recommends golang-go';
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

beforeAll(async () => {
  if (missing !== null) return;
  directory = await mkdtemp(join(tmpdir(), 'keyhold-go-'));
  const built = ['build', '-o', join(directory, 'testapp'), './internal/testapp'];
  await promisify(execFile)('go', built, { cwd: source });
});
afterAll(async () => {
  if (missing === null) await rm(directory, { recursive: true });
});

testClient({
  missing,
  joinsLines: false,
  command: (url, keyspace, cacheSeconds) => ({
    file: join(directory, 'testapp'),
    parameters: [url, keyspace, String(cacheSeconds)],
    env: {},
  }),
});

test('the client over /v1/verify says who holds the key, why it is denied, and that nothing was decided', async (context) => {
  if (missing !== null) return context.skip(missing);
  await using resources = new AsyncDisposableStack();
  const asked = await startAsked();
  resources.defer(() => asked.stop());
  const { key, organization } = await asked.issueEsms({ scopes: ['query'] });
  const env = { KEYHOLD_URL: asked.keyhold.url, KEYHOLD_OPERATOR_TOKEN: asked.keyhold.operatorToken };
  const said = await runWithInput({ file: join(directory, 'testapp'), parameters: ['verify'], env }, key);
  expect(said.split('\n')).toEqual([
    `true  ${organization} [query]`,
    'false insufficient_scope  []',
    'keyhold: Keyhold answered 401 unauthenticated',
    '',
  ]);
});

test('the package is as gofmt writes it, and go vet finds nothing', (context) => {
  if (missing !== null) return context.skip(missing);
  expect(execFileSync('gofmt', ['-l', source], { encoding: 'utf8' })).toBe('');
  execFileSync('go', ['vet', './...'], { cwd: source });
});
