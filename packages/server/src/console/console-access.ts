import {
  type Clock,
  checkName,
  createPersonId,
  createPersonSessionId,
  type FieldError,
  KeyholdError,
  type PersonSessionId,
  type RandomBytes,
} from '@keyhold/core';
import type {
  ConsoleSessionRecord,
  LoginRecord,
  MutationContext,
  NewPersonSession,
  PersonContext,
  PersonProof,
  SecondFactor,
  Store,
} from '@keyhold/store';
import { createMacTokens } from '../http/mac-token.ts';
import { validationFailed } from '../keys/refused-fields.ts';
import type { Log } from '../observability/log.ts';
import type { ConsoleLinks } from './console-links.ts';
import { checkEmail } from './email.ts';
import type { LoginAttempts } from './login-attempts.ts';
import {
  createRecoveryCodes,
  createTotpSecret,
  digestRecoveryCode,
  findTotpStep,
  isTotpCode,
  normalizeCode,
  toOtpauthUrl,
} from './one-time-codes.ts';
import type { PasswordHasher } from './password-hash.ts';
import { checkPassword } from './password-rule.ts';

/** A session and, this once, the token that opens it. */
export interface OpenedSession {
  readonly token: string;
  readonly record: ConsoleSessionRecord;
}

/** What is known of a browser. */
export interface Visitor<Context = MutationContext> {
  readonly context: Context;
  readonly userAgent: string | null;
}

/** A call of somebody who is logged in. */
export interface Self extends Visitor<PersonContext> {
  readonly session: ConsoleSessionRecord;
}

interface Credentials {
  readonly password: string;
  readonly totp?: string | undefined;
}

/** How people get in, and what they do about getting in. Whatever proves something makes a session with a token of its own. */
export interface ConsoleAccess {
  /**
   * The session behind a token, as of now. A token that was never given costs one MAC and no I/O.
   *
   * @throws {KeyholdError} `store_unavailable`.
   */
  read(token: string): Promise<ConsoleSessionRecord | null>;
  /** @throws {KeyholdError} `validation_failed`, `console_link_ended`. */
  setUp(
    visitor: Visitor,
    request: {
      readonly code: string;
      readonly name: string;
      readonly email: string;
      readonly password: string;
    },
  ): Promise<OpenedSession>;
  /** @throws {KeyholdError} `login_refused`, `totp_required`, `too_many_attempts`. */
  logIn(visitor: Visitor, request: Credentials & { readonly email: string }): Promise<OpenedSession>;
  /** @throws {KeyholdError} `validation_failed`, `console_link_ended`. */
  acceptInvitation(
    visitor: Visitor,
    request: { readonly code: string; readonly name: string; readonly password: string },
  ): Promise<OpenedSession>;
  /** For whom a provider vouches; null: not here. */
  enterByProvider(
    visitor: Visitor,
    login: Omit<Parameters<Store['openProviderSession']>[1], 'session'>,
  ): Promise<OpenedSession | null>;
  /** @throws {KeyholdError} `login_refused`, `totp_required`, `too_many_attempts`. */
  reauthenticate(self: Self, request: Credentials): Promise<OpenedSession>;
  /** @throws {KeyholdError} `validation_failed`, `login_refused`, `too_many_attempts`. */
  changePassword(
    self: Self,
    request: { readonly current: string; readonly next: string },
  ): Promise<OpenedSession>;
  beginTotp(self: Self): Promise<{ readonly secret: string; readonly url: string }>;
  /** @throws {KeyholdError} `validation_failed`, `too_many_attempts`. */
  confirmTotp(
    self: Self,
    code: string,
  ): Promise<OpenedSession & { readonly recoveryCodes: readonly string[] }>;
  /** @throws {KeyholdError} `login_refused`, `too_many_attempts`. */
  removeTotp(self: Self, password: string): Promise<OpenedSession>;
  logOut(self: Self): Promise<void>;
}

export interface ConsoleAccessOptions {
  readonly store: Store;
  readonly links: ConsoleLinks;
  readonly hasher: PasswordHasher;
  readonly attempts: LoginAttempts;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly macKey: Uint8Array;
  readonly log: Log;
}

/** How often a session is said to be in use, at the most. */
const TOUCH_INTERVAL_MS = 60_000;
const MAX_USER_AGENT_LENGTH = 256;

export function createConsoleAccess(options: ConsoleAccessOptions): ConsoleAccess {
  const { store, links, hasher, attempts, clock, randomBytes, macKey, log } = options;
  const tokens = createMacTokens<PersonSessionId>(macKey, {
    prefix: 'khcs_',
    idPrefix: 'cs_',
    label: 'console session',
  });

  function newSession({ userAgent }: Pick<Visitor, 'userAgent'>): NewPersonSession {
    const id = createPersonSessionId(randomBytes, clock.nowMs());
    return { id, userAgent: userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null };
  }

  function toOpened(record: ConsoleSessionRecord): OpenedSession {
    return { token: tokens.write(record.id), record };
  }

  /**
   * Proves a password, and a code where one is needed, then does what it was proved for.
   *
   * @param act null: what was proved is not so any more.
   */
  async function prove(
    { context }: Pick<Visitor, 'context'>,
    { email, password, totp }: Credentials & { readonly email: string },
    act: (login: LoginRecord, proof: PersonProof) => Promise<ConsoleSessionRecord | null>,
    { needsCode }: { readonly needsCode: boolean } = { needsCode: true },
  ): Promise<OpenedSession> {
    const attempt = await attempts.admit(email, context.sourceAddress);
    const login = await store.findLogin({ email });
    const isRight = await hasher.verify(password, login?.passwordHash ?? null);
    if (!isRight || login === null || login.passwordHash === null) throw refuse(login, context);
    const second = needsCode ? toSecondFactor(login, totp) : NO_CODE;
    if (second === null) throw refuse(login, context);
    const record = await act(login, { passwordHash: login.passwordHash, second });
    if (record === null) throw refuse(login, context);
    await attempts.forgive(attempt);
    return toOpened(record);
  }

  /** @returns null for a code that is wrong. @throws {KeyholdError} `totp_required`. */
  function toSecondFactor({ totpSecret }: LoginRecord, totp: string | undefined): SecondFactor | null {
    if (totpSecret === null) return NO_CODE;
    if (totp === undefined) {
      throw new KeyholdError('totp_required', 'Send the one-time code of the app, or a recovery code, too.');
    }
    const code = normalizeCode(totp);
    if (!isTotpCode(code)) return { kind: 'recovery', digest: digestRecoveryCode(code) };
    const step = findTotpStep(totpSecret, code, clock.nowMs());
    return step === null ? null : { kind: 'totp', secret: totpSecret, step };
  }

  /** The same for every cause, and without waiting for the audit log, which knows nothing of who is nobody. */
  function refuse(login: LoginRecord | null, { requestId, sourceAddress }: MutationContext): KeyholdError {
    if (login !== null) {
      const context = { actor: { kind: 'system', name: 'console' }, requestId, sourceAddress } as const;
      store.noteRefusedLogin(context, login.id).catch((error: unknown) => {
        log.error({ err: error }, 'A refused log-in could not be audited.');
      });
    }
    return new KeyholdError('login_refused', 'The e-mail address, the password or the code is not right.');
  }

  return {
    async read(token) {
      const id = tokens.readId(token);
      const record = id === null ? null : await store.readConsoleSession(id);
      if (record !== null && clock.nowMs() - record.lastSeenAtMs >= TOUCH_INTERVAL_MS) {
        await store.touchConsoleSession(record.id);
      }
      return record;
    },

    async setUp(visitor, { code, name, email, password }) {
      requireFields([
        ...checkPersonName(name),
        ...checkEmail('/email', email),
        ...checkPassword('/password', password),
      ]);
      if (!links.isSetUpCode(code) || (await store.hasPeople())) throw linkEnded();
      const person = {
        id: createPersonId(randomBytes, clock.nowMs()),
        email: email.trim(),
        name: toPersonName(name),
        role: 'owner',
      } as const;
      const passwordHash = await hasher.hash(password);
      const session = newSession(visitor);
      const record = await store.setUpConsole(visitor.context, { person, passwordHash, session });
      if (record === null) throw linkEnded();
      return toOpened(record);
    },

    logIn: (visitor, request) =>
      prove(visitor, request, ({ id }, proof) =>
        store.openConsoleSession(visitor.context, { id, proof, session: newSession(visitor) }),
      ),

    async acceptInvitation(visitor, { code, name, password }) {
      requireFields([...checkPersonName(name), ...checkPassword('/password', password)]);
      const id = links.readInvitation(code);
      if (id === null) throw linkEnded();
      const accepted = {
        id,
        name: toPersonName(name),
        passwordHash: await hasher.hash(password),
        session: newSession(visitor),
      };
      const record = await store.acceptInvitation(visitor.context, accepted);
      if (record === null) throw linkEnded();
      return toOpened(record);
    },

    async enterByProvider(visitor, login) {
      const session = newSession(visitor);
      const record = await store.openProviderSession(visitor.context, { ...login, session });
      return record === null ? null : toOpened(record);
    },

    reauthenticate: (self, request) =>
      prove(self, { ...request, email: self.session.person.email }, (_, proof) =>
        store.renewConsoleSession(self.context, { proof, session: newSession(self) }),
      ),

    async changePassword(self, { current, next }) {
      requireFields(checkPassword('/new_password', next));
      const request = { email: self.session.person.email, password: current };
      return await prove(
        self,
        request,
        async (_, proof) => {
          const passwordHash = await hasher.hash(next);
          return await store.changePassword(self.context, { proof, passwordHash, session: newSession(self) });
        },
        { needsCode: false },
      );
    },

    async beginTotp(self) {
      const secret = createTotpSecret(randomBytes);
      await store.beginTotp(self.context, secret);
      return { secret, url: toOtpauthUrl(secret, self.session.person.email) };
    },

    async confirmTotp(self, code) {
      const { person } = self.session;
      const attempt = await attempts.admit(person.email, self.context.sourceAddress);
      const secret = (await store.findLogin({ id: person.id }))?.totpPendingSecret ?? null;
      const step = secret === null ? null : findTotpStep(secret, normalizeCode(code), clock.nowMs());
      const { codes, digests } = createRecoveryCodes(randomBytes);
      const record =
        secret === null || step === null
          ? null
          : await store.confirmTotp(self.context, {
              secret,
              step,
              recoveryDigests: digests,
              session: newSession(self),
            });
      if (record === null) {
        throw validationFailed([{ pointer: '/totp', message: 'is not the code that the app shows now' }]);
      }
      await attempts.forgive(attempt);
      return { ...toOpened(record), recoveryCodes: codes };
    },

    removeTotp: (self, password) =>
      prove(
        self,
        { email: self.session.person.email, password },
        (_, proof) => store.removeTotp(self.context, { proof, session: newSession(self) }),
        { needsCode: false },
      ),

    logOut: (self) => store.endConsoleSession(self.context),
  };
}

const NO_CODE: SecondFactor = { kind: 'none' };

function linkEnded(): KeyholdError {
  return new KeyholdError('console_link_ended', 'The link was used, was replaced or is too old.');
}

function requireFields(fields: readonly FieldError[]): void {
  if (fields.length > 0) throw validationFailed(fields);
}

/** What is wrong with a person's name. */
export function checkPersonName(name: string | undefined): readonly FieldError[] {
  if (name === undefined) return [];
  const checked = checkName(name);
  return checked.ok ? [] : [{ pointer: '/name', message: checked.message }];
}

/** As it is kept. */
export function toPersonName(name: string): string {
  const checked = checkName(name);
  return checked.ok ? checked.name : name;
}
