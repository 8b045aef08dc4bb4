import type { Answer } from '../_http.ts';

export type KeyState = 'active' | 'disabled' | 'revoked';

/** A key as the answers alone tell of it. */
export interface KeyModel {
  /** No other key ever has it, so that a key whose answer was lost can be found. */
  readonly name: string;
  /** Null: its answer was lost, and no list has been read since. */
  readonly id: string | null;
  readonly state: KeyState;
  /** Every secret it had, oldest first; null for one whose answer was lost. The last one is in force. */
  readonly secrets: readonly (string | null)[];
}

/** Everything one client knows of its own organization. */
export interface Model {
  readonly organization: { readonly id: string; readonly name: string; readonly suspended: boolean };
  readonly keys: ReadonlyMap<string, KeyModel>;
}

/** One call, and what it makes of the model. */
export interface Operation {
  readonly verb: string;
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: object;
  /** The code it has to be refused with; null: it succeeds. */
  readonly refusal: string | null;
  /** The model once it has taken place. `answer` null: nobody saw the answer. */
  apply(model: Model, answer: Answer | null): Model;
}

const KEYSPACE = 'crash';
/** What the configuration of the suite allows. */
export const MAX_ACTIVE_KEYS = 12;

/** Chooses the next call: `pick(n)` is a number from 0 to n − 1, `unused` a name that was not used before. */
export function chooseOperation(model: Model, pick: (below: number) => number, unused: string): Operation {
  const keys = [...model.keys.values()];
  const active = keys.filter(({ state }) => state !== 'revoked').length;
  const key = keys.filter(({ id }) => id !== null)[pick(keys.length || 1)];
  const choice = pick(20);
  if (choice < 5 || key === undefined) return issue(model, active, unused);
  if (choice < 7) return importTwo(model, active, unused);
  if (choice < 8) return strayIssue(unused);
  if (choice < 9) return patchOrganization(model, { name: unused });
  if (choice < 11) return patchOrganization(model, { suspended: !model.organization.suspended });
  if (choice < 12 && active > MAX_ACTIVE_KEYS / 2) return revokeAll(model);
  if (choice < 14) return recycle(key);
  if (choice < 16) return changeState(key, 'revoke', 'revoked');
  if (choice < 17) return changeState(key, 'disable', 'disabled');
  if (choice < 18) return changeState(key, 'enable', 'active');
  return rename(key, unused);
}

function issue({ organization }: Model, active: number, name: string): Operation {
  return {
    verb: 'issue',
    method: 'POST',
    path: '/v1/keys',
    body: { keyspace: KEYSPACE, organization: organization.id, name },
    refusal: active >= MAX_ACTIVE_KEYS ? 'active_key_limit_reached' : null,
    apply(model, answer) {
      const { id = null, key = null } = (answer?.body ?? {}) as { id?: string; key?: string };
      return withKey(model, { name, id, state: 'active', secrets: [key] });
    },
  };
}

/** Two rows that are good and one that repeats the first; all of the good ones, or none. */
function importTwo({ organization }: Model, active: number, name: string): Operation {
  const names = [`${name} one`, `${name} two`].slice(0, Math.max(0, MAX_ACTIVE_KEYS - active));
  const secretOf = (row: string) => `cr_${row.replaceAll(/[^a-z0-9]/gi, '').padEnd(32, 'x')}`;
  const rows = [`${name} one`, `${name} two`, `${name} one`];
  return {
    verb: 'import',
    method: 'POST',
    path: '/v1/keys/import',
    body: {
      keyspace: KEYSPACE,
      keys: rows.map((row) => ({ organization: organization.id, name: row, key: secretOf(row) })),
    },
    refusal: null,
    apply: (model) =>
      names.reduce(
        (next, row) => withKey(next, { name: row, id: null, state: 'active', secrets: [secretOf(row)] }),
        model,
      ),
  };
}

/** Into an organization that nobody has made. */
function strayIssue(name: string): Operation {
  return {
    verb: 'issue',
    method: 'POST',
    path: '/v1/keys',
    body: { keyspace: KEYSPACE, organization: 'nobody', name },
    refusal: 'organization_not_found',
    apply: (model) => model,
  };
}

function patchOrganization(
  { organization }: Model,
  fields: { name?: string; suspended?: boolean },
): Operation {
  return {
    verb: fields.suspended === undefined ? 'rename organization' : 'suspend',
    method: 'PATCH',
    path: `/v1/organizations/${organization.id}`,
    body: fields,
    refusal: null,
    apply: (model) => ({ ...model, organization: { ...model.organization, ...fields } }),
  };
}

function revokeAll({ organization }: Model): Operation {
  return {
    verb: 'revoke-keys',
    method: 'POST',
    path: `/v1/organizations/${organization.id}/revoke-keys`,
    body: {},
    refusal: null,
    apply: (model) =>
      [...model.keys.values()].reduce((next, key) => withKey(next, { ...key, state: 'revoked' }), model),
  };
}

function recycle(key: KeyModel): Operation {
  return {
    verb: 'recycle',
    method: 'POST',
    path: `/v1/keys/${key.id}/recycle`,
    body: {},
    refusal: key.state === 'revoked' ? 'key_revoked' : null,
    apply(model, answer) {
      const { key: secret = null } = (answer?.body ?? {}) as { key?: string };
      return withKey(model, { ...key, secrets: [...key.secrets, secret] });
    },
  };
}

function changeState(key: KeyModel, verb: 'revoke' | 'disable' | 'enable', state: KeyState): Operation {
  return {
    verb,
    method: 'POST',
    path: `/v1/keys/${key.id}/${verb}`,
    body: {},
    refusal: key.state === 'revoked' && verb !== 'revoke' ? 'key_revoked' : null,
    apply: (model) => withKey(model, { ...key, state }),
  };
}

function rename(key: KeyModel, name: string): Operation {
  return {
    verb: 'patch',
    method: 'PATCH',
    path: `/v1/keys/${key.id}`,
    body: { name, metadata: { was: key.name } },
    refusal: key.state === 'revoked' ? 'key_revoked' : null,
    apply(model) {
      const keys = new Map(model.keys);
      keys.delete(key.name);
      return withKey({ ...model, keys }, { ...key, name });
    },
  };
}

function withKey(model: Model, key: KeyModel): Model {
  return { ...model, keys: new Map(model.keys).set(key.name, key) };
}

/** The part of a model that the lists of the management API show, in an order of its own. */
export function toVisible({ organization, keys }: Model): unknown {
  const visible = [...keys.values()].map(({ name, state, secrets }) => ({
    name,
    state,
    generation: secrets.length,
  }));
  return { organization, keys: visible.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
