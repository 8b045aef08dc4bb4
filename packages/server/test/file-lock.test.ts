import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireFileLock } from '../src/process/file-lock.ts';
import { makeDirectory } from './_keyhold.ts';

/** A process that takes the lock, says whether it got it, and stays. */
async function startHolder(file: string) {
  const module = new URL('../src/process/file-lock.ts', import.meta.url).href;
  const script = `import { acquireFileLock } from ${JSON.stringify(module)};
const lock = acquireFileLock(${JSON.stringify(file)});
console.log(lock === null ? 'refused' : 'held');
process.stdin.once('data', () => lock?.release());
setInterval(() => lock, 1_000_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said]: string[] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { said: said?.trim(), child };
}

test('a lock that another process holds is refused, and free the moment that process is killed', async () => {
  const file = join(makeDirectory(), 'x.lock');
  const { said, child } = await startHolder(file);
  expect(said).toBe('held');
  expect(acquireFileLock(file)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = acquireFileLock(file);
  expect(lock).not.toBeNull();
  expect((await startHolder(file)).said).toBe('refused');
  lock?.release();
  expect((await startHolder(file)).said).toBe('held');
});

test('one process cannot take a lock twice, and trying does not lose it', async () => {
  const file = join(makeDirectory(), 'x.lock');
  const lock = acquireFileLock(file);
  expect(acquireFileLock(file)).toBeNull();
  expect((await startHolder(file)).said).toBe('refused');
  lock?.release();
  lock?.release();
  expect((await startHolder(file)).said).toBe('held');
});

test('a directory that cannot be written is said to be', () => {
  expect(() => acquireFileLock(join(makeDirectory(), 'gone', 'x.lock'))).toThrow(
    expect.objectContaining({ code: 'store_not_writable' }),
  );
});
