import { defaultKeyspaceDefinition, OPERATOR_KEYSPACE } from '@keyhold/core';
import { expect, test } from 'vitest';
import type { ChangePayload, ReplicatedKey, ReplicatedKeyspace } from '../change.ts';
import { showChange } from './keyspace-view.ts';

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

test('every change stays one under its seq, with what may be shown of it', () => {
  const operator = { id: 'op_1', keyId: 'key_1', keyspaces: null } as const;
  const payloads: ChangePayload[] = [
    { kind: 'keys', keys },
    { kind: 'operator', operator, key: keyOf(OPERATOR_KEYSPACE) },
    { kind: 'configuration', keyspaces },
    { kind: 'organization', organization },
  ];
  expect(payloads.map((payload, seq) => showChange({ seq, payload }, new Set(['shown'])))).toEqual([
    { seq: 0, payload: { kind: 'keys', keys: [keyOf('shown')] } },
    { seq: 1, payload: { kind: 'keys', keys: [] } },
    { seq: 2, payload: { kind: 'configuration', keyspaces: [keyspaces[0]] } },
    {
      seq: 3,
      payload: { kind: 'organization', organization: { ...organization, revokedThrough: { shown: 1 } } },
    },
  ]);
});
