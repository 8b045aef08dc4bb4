import { releaseKeys } from '../keys/quarantine-release.ts';
import type { StoreOwner } from '../store-owner.ts';
import type { ControlCommands } from './control-calls.ts';

const RELEASE_CONTEXT = {
  actor: { kind: 'system', name: 'database release' },
  requestId: null,
  sourceAddress: null,
} as const;

/** What the owner of the data directory does for a command on the same machine, be it the server or the command itself. */
export function createControlCommands({ store, authority, operators }: StoreOwner): ControlCommands {
  return {
    async resetOperator({ name }) {
      const { token, record } = await operators.reset(name);
      return { id: record.id, token };
    },
    async readQuarantine() {
      const { keyspaces, operators: held } = await store.readQuarantine();
      return {
        keyspaces: keyspaces.map(({ keyspace, keyCount }) => ({ keyspace, key_count: keyCount })),
        operators: held.map(({ id, name, maskedKey }) => ({ id, name, masked_token: maskedKey })),
      };
    },
    async releaseKeys(selector) {
      return { released_count: await releaseKeys({ store, authority }, RELEASE_CONTEXT, selector) };
    },
    async releaseOperator({ id }) {
      const { value } = await authority.commit(() => store.releaseOperator(RELEASE_CONTEXT, id));
      return { id: value.id, name: value.name };
    },
  };
}
