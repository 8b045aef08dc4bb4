import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import { useCluster, useEmptyStore } from './_postgres.ts';
import { describeStoreContract } from './store-contract.ts';

const emptyStore = useEmptyStore(useCluster());

describeStoreContract('PostgreSQL', async ({ clock, randomBytes, onFailpoint }) => {
  const store = await openPostgresStore({
    connectionString: await emptyStore(),
    randomBytes,
    nowMs: () => clock.nowMs(),
    ...(onFailpoint && { onFailpoint }),
  });
  return { store, dispose: () => store.close() };
});
