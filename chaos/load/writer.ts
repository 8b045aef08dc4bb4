import { setTimeout as wait } from 'node:timers/promises';
import { KEYSPACE, type Scope } from '../cluster/keyspace.ts';
import type { Node } from '../cluster/node.ts';
import type { Change } from '../history/history.ts';
import type { Journal, Verb } from './journal.ts';
import type { Answer, AnswerBody, ManagementClient } from './management-client.ts';
import { type Key, Organization, SCOPES, type Secret } from './organization.ts';

/** Between two tries of a call that must be answered. */
const RETRY_MS = 100;

/** How far the wall clock and the monotonic one may go apart while a key has yet to expire: NTP slews 0.5 ms a second. */
const CLOCKS_APART_MS = 5;

export interface WriterOptions {
  readonly journal: Journal;
  readonly client: ManagementClient;
  nowNs(): number;
  /** The node for the next call. */
  pickNode(): Node;
  createSubject(presentedKey: string, scope: Scope): number;
  /** A change has been written down. */
  onChanged(change: Change): Promise<void>;
}

interface Plan {
  readonly verb: Verb;
  readonly path: string;
  readonly method?: 'PATCH';
  readonly body?: object;
  /** Called until it is answered. */
  readonly insists?: boolean;
  /** When it takes hold, where that is later than the answer. */
  readonly holdsFromNs?: number;
  /** What the organization is then. */
  apply(body: AnswerBody): void;
}

/** Changes the keys of one organization, one call at a time, and writes down what it was told. */
export class Writer {
  readonly organization: Organization;
  readonly #options: WriterOptions;

  constructor(organizationId: string, options: WriterOptions) {
    this.organization = new Organization(organizationId);
    this.#options = options;
  }

  /** Makes the organization; nothing is asked about it yet. */
  async open(): Promise<void> {
    const { id } = this.organization;
    for (;;) {
      const answer = await this.#options.client.call(this.#options.pickNode(), 'POST', '/v1/organizations', {
        id,
        name: id,
      });
      // A try that nobody answered may have made it.
      if (answer.kind === 'answered' && (answer.status === 201 || answer.status === 409)) return;
      await wait(RETRY_MS);
    }
  }

  /** @returns null when no answer told its secret. */
  async create(): Promise<Key | null> {
    const { organization } = this;
    const { journal } = this.#options;
    let created: Key | null = null;
    const isDone = await this.#carryOut({
      verb: 'create',
      path: '/v1/keys',
      body: { keyspace: KEYSPACE, organization: organization.id, name: 'chaos', scopes: SCOPES },
      apply: ({ id = '', key = '' }) => {
        created = {
          id,
          secret: this.#toSecret(key),
          scopes: SCOPES,
          isDisabled: false,
          isOver: false,
          isUncertain: false,
        };
        organization.keys.add(created);
        journal.keys.set(id, { isRevoked: false });
      },
    });
    return isDone ? created : null;
  }

  async recycle(key: Key): Promise<void> {
    await this.#changeKey(key, {
      verb: 'recycle',
      path: `/v1/keys/${key.id}/recycle`,
      apply: ({ key: presentedKey = '' }) => {
        key.secret = this.#toSecret(presentedKey);
      },
    });
  }

  async disable(key: Key): Promise<void> {
    await this.#changeKey(key, {
      verb: 'disable',
      path: `/v1/keys/${key.id}/disable`,
      apply: () => {
        key.isDisabled = true;
      },
    });
  }

  async enable(key: Key): Promise<void> {
    await this.#changeKey(key, {
      verb: 'enable',
      path: `/v1/keys/${key.id}/enable`,
      apply: () => {
        key.isDisabled = false;
      },
    });
  }

  async setScopes(key: Key, scopes: readonly Scope[]): Promise<void> {
    await this.#changeKey(key, {
      verb: scopes.length < key.scopes.length ? 'shrink' : 'widen',
      method: 'PATCH',
      path: `/v1/keys/${key.id}`,
      body: { scopes },
      apply: () => {
        key.scopes = scopes;
      },
    });
  }

  /** Lets it expire this long from now. */
  async shorten(key: Key, lifetimeMs: number): Promise<void> {
    const expiresAt = new Date(Date.now() + lifetimeMs).toISOString();
    await this.#changeKey(key, {
      verb: 'shorten',
      method: 'PATCH',
      path: `/v1/keys/${key.id}`,
      body: { expires_at: expiresAt },
      holdsFromNs: this.#options.nowNs() + (lifetimeMs + CLOCKS_APART_MS) * 1e6,
      apply: () => {
        key.isOver = true;
      },
    });
  }

  /** Returns when it has been answered, whatever that takes. */
  async revoke(key: Key): Promise<void> {
    await this.#carryOut({
      verb: 'revoke',
      path: `/v1/keys/${key.id}/revoke`,
      insists: true,
      apply: () => this.#bury([key]),
    });
  }

  /** @returns false when nobody knows whether it was done: then the keys are revoked, and the organization is of no more use. */
  suspend(): Promise<boolean> {
    return this.#changeOrganization('suspend', true);
  }

  /** @returns as `suspend` does. */
  resume(): Promise<boolean> {
    return this.#changeOrganization('resume', false);
  }

  /** Returns when it has been answered, whatever that takes. */
  async revokeAll(): Promise<void> {
    const { organization } = this;
    await this.#carryOut({
      verb: 'revoke all',
      path: `/v1/organizations/${organization.id}/revoke-keys`,
      insists: true,
      apply: () => this.#bury([...organization.keys]),
    });
  }

  #bury(keys: readonly Key[]): void {
    for (const key of keys) {
      key.isOver = true;
      this.#options.journal.keys.set(key.id, { isRevoked: true });
    }
  }

  async #changeKey(key: Key, plan: Plan): Promise<void> {
    const startNs = this.#options.nowNs();
    if (await this.#carryOut(plan)) return;
    await this.#doubt([key], startNs);
    await this.revoke(key);
  }

  async #changeOrganization(verb: 'suspend' | 'resume', isSuspended: boolean): Promise<boolean> {
    const { organization } = this;
    const startNs = this.#options.nowNs();
    const isDone = await this.#carryOut({
      verb,
      method: 'PATCH',
      path: `/v1/organizations/${organization.id}`,
      body: { suspended: isSuspended },
      apply: () => {
        organization.isSuspended = isSuspended;
      },
    });
    if (isDone) return true;
    await this.#doubt([...organization.keys], startNs);
    await this.revokeAll();
    return false;
  }

  /** Nobody knows what these are, now and until they are revoked. */
  async #doubt(keys: readonly Key[], invokedNs: number): Promise<void> {
    const completedNs = Number.POSITIVE_INFINITY;
    for (const key of keys) key.isUncertain = true;
    const subjects = keys.flatMap(({ secret }) => Object.values(secret.subjects));
    await this.#note(subjects.map((subject) => ({ subject, to: 'open', invokedNs, completedNs })));
  }

  /** @returns false when nobody knows whether it was done. */
  async #carryOut(plan: Plan): Promise<boolean> {
    const { organization } = this;
    const before = organization.states();
    const invokedNs = this.#options.nowNs();
    let { result, body } = await this.#call(plan);
    // What is pending is done; asked again, it waits until it holds.
    while (result === 'pending' || (result === 'unknown' && plan.insists === true)) {
      await wait(RETRY_MS);
      ({ result, body } = await this.#call(plan));
    }
    if (result !== 'done') return false;
    const completedNs = Math.max(this.#options.nowNs(), plan.holdsFromNs ?? 0);
    plan.apply(body);
    const after = organization.states();
    const subjects = [...new Set([...before.keys(), ...after.keys()])];
    await this.#note(
      subjects.flatMap((subject) => {
        const to = after.get(subject) ?? 'closed';
        return to === (before.get(subject) ?? 'closed') ? [] : [{ subject, to, invokedNs, completedNs }];
      }),
    );
    for (const key of organization.keys) if (key.isOver) organization.keys.delete(key);
    return true;
  }

  async #note(changes: readonly Change[]): Promise<void> {
    const { journal, onChanged } = this.#options;
    journal.changes.push(...changes);
    await Promise.all(changes.map(onChanged));
  }

  async #call(plan: Plan): Promise<{ readonly result: Result; readonly body: AnswerBody }> {
    const { journal, client, pickNode, nowNs } = this.#options;
    const node = pickNode();
    const invokedNs = nowNs();
    const answer = await client.call(node, plan.method ?? 'POST', plan.path, plan.body ?? {});
    const body = answer.kind === 'answered' ? answer.body : {};
    if (body.pending === true) await this.#confirm(body.seq ?? 0);
    const result = toResult(plan, answer);
    if (result === 'unexpected') {
      journal.unexpected.push(`node ${node.index}, ${plan.verb}: ${JSON.stringify(answer)}`);
    } else {
      journal.calls.push({ verb: plan.verb, node: node.index, invokedNs, answeredNs: nowNs(), result });
    }
    return { result, body };
  }

  /** A secret that was shown before it was known everywhere is when its barrier is complete. */
  async #confirm(seq: number): Promise<void> {
    const { client, pickNode } = this.#options;
    for (;;) {
      const answer = await client.call(pickNode(), 'GET', `/v1/barriers/${seq}`);
      if (answer.kind === 'answered' && answer.status === 200 && answer.body.pending !== true) return;
      await wait(RETRY_MS);
    }
  }

  #toSecret(presentedKey: string): Secret {
    const { createSubject } = this.#options;
    return {
      presentedKey,
      subjects: { send: createSubject(presentedKey, 'send'), read: createSubject(presentedKey, 'read') },
    };
  }
}

type Result = 'done' | 'pending' | 'unknown' | 'unexpected';

function toResult({ verb }: Plan, answer: Answer): Result {
  if (answer.kind === 'broken') return 'unknown';
  const { status, body } = answer;
  if (status < 300) return 'done';
  // The call came through after the moment it names.
  if (status === 422 && verb === 'shorten') return 'unknown';
  if (status < 500) return 'unexpected';
  return body.code === 'revocation_pending' ? 'pending' : 'unknown';
}
