import type { ReplicatedKey, ReplicatedKeyspace } from '@keyhold/coherence';
import { defaultKeyspaceDefinition, OPERATOR_KEYSPACE } from '@keyhold/core';
import { expect, test } from 'vitest';
import { createKeyspaceView } from './keyspace-view.ts';

const view = createKeyspaceView(new Set(['shown']));

function keyOf(keyspace: string): ReplicatedKey {
  return {
    id: 'key_1',
    keyspace,
    number: 1,
    organization: 'acme',
    environment: null,
    scopes: [],
    name: 'n',
    expiresAtMs: null,
    allowedCidrs: [],
    revoked: false,
    disabled: false,
    secrets: [],
  };
}
const keys = [keyOf('hidden'), keyOf('shown'), keyOf(OPERATOR_KEYSPACE)];
const keyspaces: ReplicatedKeyspace[] = ['shown', 'hidden'].map((id) => ({
  definition: { ...defaultKeyspaceDefinition(), id },
  formerFormats: [],
}));
const organization = { id: 'acme', suspended: false, features: [], revokedThrough: { shown: 1, hidden: 2 } };

test('a snapshot shows keys, configuration and bulk revocations of the keyspaces asked for, and no operator', () => {
  expect(view.show({ kind: 'page', page: { kind: 'keys', keys } })).toMatchObject({
    page: { keys: [{ keyspace: 'shown' }] },
  });
  expect(view.show({ kind: 'page', page: { kind: 'configuration', keyspaces } })).toMatchObject({
    page: { keyspaces: [{ definition: { id: 'shown' } }] },
  });
  const organizations = view.show({
    kind: 'page',
    page: { kind: 'organizations', organizations: [organization] },
  });
  expect(organizations).toMatchObject({ page: { organizations: [{ revokedThrough: { shown: 1 } }] } });
  expect(JSON.stringify(organizations)).not.toContain('hidden');
  expect(view.show({ kind: 'page', page: { kind: 'operators', operators: [] } })).toBeNull();
});

test('every change stays one under its seq, with what may be shown of it', () => {
  const operator = { id: 'op_1', keyId: 'key_1', keyspaces: null } as const;
  const shown = view.show({
    kind: 'changes',
    changes: [
      { seq: 7, payload: { kind: 'keys', keys } },
      { seq: 8, payload: { kind: 'operator', operator, key: keyOf(OPERATOR_KEYSPACE) } },
      { seq: 9, payload: { kind: 'configuration', keyspaces } },
      { seq: 10, payload: { kind: 'organization', organization } },
    ],
  });
  expect(shown).toEqual({
    kind: 'changes',
    changes: [
      { seq: 7, payload: { kind: 'keys', keys: [keyOf('shown')] } },
      { seq: 8, payload: { kind: 'keys', keys: [] } },
      { seq: 9, payload: { kind: 'configuration', keyspaces: [keyspaces[0]] } },
      {
        seq: 10,
        payload: { kind: 'organization', organization: { ...organization, revokedThrough: { shown: 1 } } },
      },
    ],
  });
});
