import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('SQLite', async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-store-'));
  const store = await openSqliteStore({ file: join(directory, 'keyhold.db'), ...options });
  return {
    store,
    async dispose() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
