import type { AuditEventId } from '@keyhold/core';
import type { Store } from '../store.ts';
import { listAuditEvents } from './audit-events.ts';
import { changeKeys } from './bulk-key-change.ts';
import { revokeOrganizationKeys, writeOutRevocations } from './bulk-revocation.ts';
import { disableKey, enableKey, patchKey, recycleKey, revokeKey } from './change-key.ts';
import { readChanges, readHead } from './change-log.ts';
import { claimKey, expireClaimLinks, listClaimLinks, readClaimLink, refuseClaim } from './claim-links.ts';
import { applyConfiguration } from './configuration.ts';
import {
  beginTotp,
  changePassword,
  confirmTotp,
  endConsoleSession,
  noteRefusedLogin,
  openConsoleSession,
  removeTotp,
  renewConsoleSession,
  touchConsoleSession,
} from './console-sessions.ts';
import { countKeys } from './count-keys.ts';
import { noteForeignKey } from './foreign-key.ts';
import { importKeys, issueKey } from './issue-key.ts';
import { getKeyActivity } from './key-activity.ts';
import { getKey, getKeyUsage, listKeys } from './list-keys.ts';
import { countOrganizations, listOrganizations } from './list-organizations.ts';
import { admitLogin, forgiveLogin } from './login-throttle.ts';
import {
  bootstrapOperator,
  createOperator,
  listOperators,
  releaseOperator,
  revokeOperator,
} from './operators.ts';
import { createOrganization, getOrganization, patchOrganization } from './organizations.ts';
import {
  acceptInvitation,
  endPersonSessions,
  invitePerson,
  openProviderSession,
  patchPerson,
  renewInvitation,
  setUpConsole,
} from './people.ts';
import { findConsoleSession, findLogin, findPersonId, hasPeople, listPeople } from './person-rows.ts';
import { findPortalSession } from './portal-session-rows.ts';
import { createPortalSession, endPortalSession, openPortalSession } from './portal-sessions.ts';
import { readQuarantine, releaseKeys } from './quarantine.ts';
import { completeRestore } from './restore.ts';
import { secretFor } from './store-secrets.ts';
import type { Transaction, View } from './transaction.ts';
import { flushUsage, listDailyUsage } from './usage.ts';
import { isWatched, listVerdicts, watchVerdicts } from './verdicts.ts';

/** The port's methods that a dialect runs through {@link runMutation} and {@link runRead}; it does the rest itself. */
export type Operations = Omit<Store, 'now' | 'close' | 'readSnapshot' | 'secretFor'> & {
  readonly secretFor: (name: string, candidate: Uint8Array) => Promise<Uint8Array>;
};

type Run<Context, Method extends keyof Operations> = (
  context: Context,
  ...args: Parameters<Operations[Method]>
) => ReturnType<Operations[Method]>;

/** What writes: each runs alone in a transaction, and what it threw leaves nothing behind. */
const mutations = {
  applyConfiguration,
  createOrganization,
  patchOrganization,
  revokeOrganizationKeys,
  writeOutRevocations,
  issueKey,
  importKeys,
  patchKey,
  recycleKey,
  claimKey,
  refuseClaim,
  expireClaimLinks,
  revokeKey,
  disableKey,
  enableKey,
  changeKeys,
  createOperator,
  bootstrapOperator,
  revokeOperator,
  completeRestore,
  releaseKeys,
  releaseOperator,
  createPortalSession,
  openPortalSession,
  endPortalSession,
  noteForeignKey,
  setUpConsole,
  openConsoleSession,
  openProviderSession,
  acceptInvitation,
  noteRefusedLogin,
  admitLogin,
  forgiveLogin,
  touchConsoleSession,
  endConsoleSession,
  renewConsoleSession,
  changePassword,
  beginTotp,
  confirmTotp,
  removeTotp,
  invitePerson,
  renewInvitation,
  patchPerson,
  endPersonSessions,
  flushUsage,
  watchVerdicts,
  secretFor,
} satisfies { [Method in keyof Operations]?: Run<Transaction, Method> };

/** What only reads. */
const reads = {
  ping: async (view) => {
    await readHead(view.db);
  },
  readChanges,
  getOrganization,
  listOrganizations,
  getKey,
  listKeys,
  readClaimLink,
  listClaimLinks,
  getKeyUsage,
  getKeyActivity,
  countKeys,
  countOrganizations,
  areVerdictsWatched: isWatched,
  listVerdicts,
  listDailyUsage,
  listOperators,
  readQuarantine,
  readPortalSession: findPortalSession,
  hasPeople,
  findLogin,
  findPersonId,
  readConsoleSession: findConsoleSession,
  listPeople,
  listAuditEvents,
} satisfies { [Method in Exclude<keyof Operations, keyof typeof mutations>]: Run<View, Method> };

/** One call of the port. */
export interface Operation {
  readonly method: keyof Operations;
  readonly args: readonly unknown[];
}

/** A call as it travels to a worker, with what needs the clock or randomness. */
export interface OperationCall extends Operation {
  /** The store's time at the call, ms since the epoch. */
  readonly nowMs: number;
  /** One for each audit event it may write. */
  readonly eventIds: readonly AuditEventId[];
}

export function isMutation(method: keyof Operations): method is keyof typeof mutations {
  return Object.hasOwn(mutations, method);
}

/** The port's methods, each of which makes a call of itself. */
export function createOperations(
  call: (method: keyof Operations, args: readonly unknown[]) => Promise<unknown>,
): Operations {
  const methods = [...Object.keys(mutations), ...Object.keys(reads)];
  // What a call answers with is what the function of that name in the tables above returns.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    methods.map((method) => [method, (...args: unknown[]) => call(method as keyof Operations, args)]),
  ) as unknown as Operations;
}

/** Runs one mutation in a transaction that is its own. */
export async function runMutation(tx: Transaction, { method, args }: Operation): Promise<unknown> {
  if (!isMutation(method)) throw new TypeError(`"${method}" does not write.`);
  return await Reflect.apply(mutations[method], undefined, [tx, ...args]);
}

/** Runs one read. */
export async function runRead(view: View, { method, args }: Operation): Promise<unknown> {
  if (isMutation(method)) throw new TypeError(`"${method}" writes.`);
  return await Reflect.apply(reads[method], undefined, [view, ...args]);
}
