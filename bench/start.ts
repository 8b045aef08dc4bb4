/**
 * How long the command takes from its start to ready, with many keys in its store and with none.
 *
 *     node bench/start.ts [KEYS] [ROUNDS]      default 1000000 3
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock, systemRandomBytes } from '@keyhold/server';
import { fillSqliteStore } from './parts/filled-store.ts';
import { mintOperatorToken, startKeyhold } from './parts/keyhold.ts';
import { median } from './parts/statistics.ts';

const keyCount = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 3);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));

try {
  const token = mintOperatorToken();
  const stores = [0, keyCount].map((count) => ({
    count,
    dataDirectory: join(directory, String(count)),
    timesMs: [] as number[],
  }));
  for (const { count, dataDirectory } of stores) {
    mkdirSync(dataDirectory);
    const file = join(dataDirectory, 'keyhold.db');
    await fillSqliteStore({
      file,
      keyCount: count,
      clock: createSystemClock(),
      randomBytes: systemRandomBytes,
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { dataDirectory, timesMs } of stores) {
      const startMs = performance.now();
      const keyhold = await startKeyhold({ dataDirectory, token });
      timesMs.push(performance.now() - startMs);
      await keyhold.stop();
    }
  }
  for (const { count, timesMs } of stores) {
    console.log(`${String(count).padStart(9)} keys: ready after ${(median(timesMs) / 1_000).toFixed(2)} s`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
