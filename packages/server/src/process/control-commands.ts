import { KeyholdError } from '@keyhold/core';
import { releaseKeys } from '../keys/quarantine-release.ts';
import type { StoreOwner } from '../store-owner.ts';
import type { ControlCommands } from './control-calls.ts';

const RESET_CONTEXT = {
  actor: { kind: 'system', name: 'people reset' },
  requestId: null,
  sourceAddress: null,
} as const;

const RELEASE_CONTEXT = {
  actor: { kind: 'system', name: 'database release' },
  requestId: null,
  sourceAddress: null,
} as const;

/** What the owner of the data directory does for a command on the same machine, be it the server or the command itself. */
export function createControlCommands(owner: StoreOwner): ControlCommands {
  const { store, authority, operators, consoleLinks, people } = owner;
  return {
    async resetOperator({ name }) {
      const { token, record } = await operators.reset(name);
      return { id: record.id, token };
    },
    async createSetUpLink() {
      if (await store.hasPeople()) {
        throw new KeyholdError(
          'console_link_ended',
          'the console is set up already; let somebody in again with: keyhold people reset EMAIL',
        );
      }
      return { path: consoleLinks.createSetUpPath() };
    },
    async resetPerson({ email }) {
      const id = await store.findPersonId(email);
      if (id === null) {
        throw new KeyholdError(
          'person_not_found',
          `nobody has the address ${email}; see keyhold people list`,
        );
      }
      const { person, path } = await people.renewInvitation(RESET_CONTEXT, id, { enable: true });
      return { id, role: person.role, path };
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
