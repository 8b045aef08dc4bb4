import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { glob, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../../examples/demo/main.ts', import.meta.url));

/** Rows that the demo shows; L1 is a page, S7 a program. */
const ROWS = [
  'E1',
  'E2',
  'E3',
  'E4',
  'E5',
  'E6',
  'S1',
  'S2',
  'S3',
  'S4',
  'S5',
  'S6',
  'S7',
  'L2',
  'L3',
  'L4',
  'L5',
  'L6',
  'L7',
  'L8',
];

// Prints for each curl of a command one line: the status, then the body.
const CURL_THAT_TELLS_ITS_STATUS = `
curl() {
  local answer body
  answer=$(command curl -sS -w '\\n%{http_code}' "$@") || return
  body=\${answer%$'\\n'*}
  printf '%s%s\\n' "\${answer##*$'\\n'}" "\${body:+ $body}"
}
`;

/** Where the demos of this file put what they have to clean up. */
const temporary = mkdtempSync(join(tmpdir(), 'keyhold-demo-test-'));
afterAll(() => rmSync(temporary, { recursive: true }));

interface Demo {
  readonly printed: string;
  readonly exited: Promise<number | null>;
  stop(signal: NodeJS.Signals): void;
}

async function startDemo(...parameters: string[]): Promise<Demo> {
  const child = spawn(process.execPath, [DEMO, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let printed = '';
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.includes('# Ready.')) resolve();
      });
    }
    child.once('close', () => resolve());
  });
  return { printed, exited, stop: (signal) => void child.kill(signal) };
}

interface PrintedStep {
  readonly row: string;
  readonly command: string;
  readonly expected: readonly string[];
}

/** Commands are the lines that are no comments; a heading stands above each, what to expect below it. */
function stepsOf(printed: string): PrintedStep[] {
  return printed.split(/\n\n/).flatMap((block) => {
    const lines = block.split('\n');
    const row = /^# ([ESL]\d) {2}/.exec(lines.find((line) => /^# [ESL]\d /.test(line)) ?? '')?.[1];
    if (row === undefined) return [];
    const command = lines.filter((line) => !line.startsWith('#')).join('\n');
    const expected = lines.filter((line) => line.startsWith('# → ')).map((line) => line.slice('# → '.length));
    return [{ row, command, expected }];
  });
}

function toPattern(expected: string): RegExp {
  const literal = expected.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]*')}$`);
}

/** The processes whose command line holds this text. Linux; elsewhere there is nothing to read and none is found. */
async function processesWith(text: string): Promise<string[]> {
  const found = [];
  for await (const path of glob('/proc/[0-9]*/cmdline')) {
    // A process may be gone by now.
    const line = await readFile(path, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}

describe('npm run demo', () => {
  let demo: Demo;
  let steps: PrintedStep[];

  beforeAll(async () => {
    demo = await startDemo('--free-ports');
    expect(demo.printed).toContain('# Ready.');
    steps = stepsOf(demo.printed);
  });
  afterAll(() => demo?.stop('SIGTERM'));

  test('shows every row', () => {
    expect([...new Set(steps.map(({ row }) => row))].sort()).toEqual([...ROWS].sort());
  });

  test('every printed command, run by a shell with the real curl, answers as it says', async () => {
    let curls = 0;
    for (const { row, command, expected } of steps) {
      const { stdout } = await promisify(execFile)('bash', ['-c', CURL_THAT_TELLS_ITS_STATUS + command]);
      const answers = stdout.split('\n').slice(0, -1).sort();
      expect(answers, `${row}: ${command}`).toHaveLength(expected.length);
      const patterns = [...expected].sort();
      for (const [index, pattern] of patterns.entries()) {
        expect(answers[index], `${row}: ${command}`).toMatch(toPattern(pattern));
      }
      expect(command.match(/\bcurl\b/g) ?? [], 'what is printed tells what to expect').toHaveLength(
        expected.length,
      );
      curls += expected.length;
    }
    expect(curls).toBeGreaterThan(40);
  });

  test('Ctrl-C stops everything: no process and no file stays behind', async () => {
    expect(await readdir(temporary)).toHaveLength(1);
    if (process.platform === 'linux') expect(await processesWith(temporary)).toHaveLength(1);
    demo.stop('SIGINT');
    expect(await demo.exited).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
    expect(await processesWith(temporary)).toEqual([]);
  });
});

test.each([9203, 9102])(
  'port %i being taken is told, with what to do, and nothing stays behind',
  async (port) => {
    const blocker = createServer();
    try {
      blocker.listen(port, '127.0.0.1');
      // Taken by somebody else already is as good.
      await once(blocker, 'listening').catch(() => {});
      const demo = await startDemo();
      expect(await demo.exited).toBe(1);
      expect(demo.printed).toMatch(/^The demo could not go on: .*127\.0\.0\.1:\d+/);
      expect(demo.printed).toContain('npm run demo -- --free-ports');
      expect(await readdir(temporary)).toEqual([]);
      expect(await processesWith(temporary)).toEqual([]);
    } finally {
      blocker.close();
    }
  },
);
