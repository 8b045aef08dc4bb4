/**
 * A process that owns a store until it is killed: issues keys and says of each answered one so, a line each. With the
 * name of a failpoint it kills itself there instead, after the first key.
 */
import { writeSync } from 'node:fs';
import { createKeyId } from '@keyhold/core';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import { digestOf, LEADS, MESSAGES, SYSTEM } from './_util.ts';

const [file = '', failpoint] = process.argv.slice(2);
const clock = createManualClock();
const randomBytes = createSeededRandom(11);
let armed = failpoint?.startsWith('migrate.') === true;

const store = await openSqliteStore({
  file,
  clock,
  randomBytes,
  ...(failpoint !== undefined && {
    onFailpoint(name: string) {
      if (armed && name === failpoint) process.kill(process.pid, 'SIGKILL');
    },
  }),
});
await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, LEADS] }, { acceptOlder: false });
const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
await store.createOrganization(SYSTEM, organization, null);

for (let round = 0; ; round++) {
  await Promise.all(Array.from({ length: 5 }, (_, i) => issue(round * 5 + i)));
  armed = true;
}

async function issue(n: number): Promise<void> {
  const key = {
    id: createKeyId(randomBytes, clock.nowMs()),
    keyspace: 'messages',
    organization: 'acme',
    name: `Key ${n}`,
    environment: 'live',
    scopes: ['send'],
    expiresAtMs: null,
    allowedCidrs: [],
    metadata: {},
    secret: { digest: digestOf(`child ${n}`), maskedKey: 'esms_…' },
  };
  const { value, seq } = await store.issueKey(SYSTEM, key, null);
  writeSync(1, `${JSON.stringify({ id: value.id, seq })}\n`);
}
