import { isKeyholdError, KeyholdError } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import { describe, expect, test } from 'vitest';
import {
  configuration,
  createMemoryLog,
  keys,
  keyspace,
  keyWith,
  type MemoryLog,
  mint,
  outcome,
  START_MS,
} from '../test/_util.ts';
import { type Authority, createAuthority } from './authority.ts';
import type { ChangePayload, ReplicatedKey } from './change.ts';
import { createReplica } from './replica.ts';
import { createSoleOwner } from './sole-owner.ts';
import { createVerifier } from './verifier.ts';

const UNREADABLE = new KeyholdError('store_unavailable', 'The store cannot be read.');

/** A started authority over a log in memory that holds one key, and the verifier of its process. */
async function createProcess() {
  const clock = createManualClock(START_MS);
  const text = mint();
  const key = keyWith(text);
  const log = createMemoryLog(configuration(keyspace()), keys(key));
  const replica = createReplica({ clock });
  const membership = createSoleOwner({ log, replica, clock });
  const { lease } = membership;
  const verifier = createVerifier({ replica, lease });
  const authority = createAuthority({ membership, clock });
  await authority.start();
  log.reads.length = 0;
  const question = () => ({
    keyspace: verifier.keyspace('default')!,
    operation: null,
    scopes: null,
    address: null,
  });
  return {
    authority,
    clock,
    key,
    lease,
    log,
    replica,
    text,
    commit: (payload: ChangePayload) => commit(authority, log, payload),
    /** What the key gets: a reason, `accepted`, or the code of the failure. */
    verify: (presented = text): string => {
      try {
        return outcome(verifier, presented, question());
      } catch (error) {
        if (isKeyholdError(error)) return error.code;
        throw error;
      }
    },
    /** Puts a request of the key in flight. */
    admit: (end: () => void | Promise<void>) => {
      const verdict = verifier.verify(text, question());
      if (!verdict.accepted) throw new Error(verdict.reason);
      return verifier.admit(verdict.subject, { end });
    },
  };
}

function commit(authority: Authority, log: MemoryLog, payload: ChangePayload) {
  return authority.commit(() => Promise.resolve({ seq: log.append(payload) }));
}

const revoked = (key: ReplicatedKey) => keys({ ...key, revoked: true });
const settled = () => new Promise(setImmediate);

/** Whether a promise has been kept by now. */
function watch(promise: Promise<unknown>): { done: boolean } {
  const state = { done: false };
  void promise.finally(() => {
    state.done = true;
  });
  return state;
}

describe('starting', () => {
  test('loads the snapshot and follows the log from there', async () => {
    const { replica, verify } = await createProcess();
    expect(replica).toMatchObject({ ready: true, appliedSeq: 2, keyCount: 1 });
    expect(verify()).toBe('accepted');
    expect(verify(mint())).toBe('unknown');
  });

  test('a store that cannot be read fails the start, and starting again succeeds', async () => {
    const { authority, log, replica, verify } = await createProcess();
    replica.drop();
    log.failure = UNREADABLE;
    await expect(authority.start()).rejects.toBe(UNREADABLE);
    expect(verify()).toBe('lease_lost');
    log.failure = null;
    await authority.start();
    expect(verify()).toBe('accepted');
  });
});

describe('a commit', () => {
  test('returns when the change is in force', async () => {
    const { commit, key, verify } = await createProcess();
    await commit(revoked(key));
    expect(verify()).toBe('revoked');
  });

  test('hands over what the mutation answered', async () => {
    const { authority, log } = await createProcess();
    const mutate = async () => ({ seq: log.append(keys()), value: 'answer' });
    await expect(authority.commit(mutate)).resolves.toEqual({ seq: 3, value: 'answer' });
  });

  test('applies the changes of others that lie before its own, in order', async () => {
    const { commit, key, log, replica, verify } = await createProcess();
    const other = mint();
    log.append(keys(keyWith(other)));
    log.append(revoked(key));
    await commit(keys({ ...key, name: 'Renamed', revoked: true }));
    expect(replica.appliedSeq).toBe(5);
    expect([verify(), verify(other)]).toEqual(['revoked', 'accepted']);
  });

  test('applies a log of many pages whole', async () => {
    const { commit, log, replica } = await createProcess();
    for (let i = 0; i < 2_500; i++) log.append(keys(keyWith(`key ${i}`)));
    await commit(keys());
    expect(replica).toMatchObject({ appliedSeq: 2_503, keyCount: 2_501 });
    expect(log.reads).toEqual([2, 1_002, 2_002]);
  });

  test('that refuses passes the refusal on and reads nothing, then or later', async () => {
    const { authority, clock, log, verify } = await createProcess();
    const refusal = new KeyholdError('key_revoked', 'The key is revoked.');
    await expect(authority.commit(() => Promise.reject(refusal))).rejects.toBe(refusal);
    const bug = new TypeError('A mutation may fail in any way.');
    await expect(authority.commit(() => Promise.reject(bug))).rejects.toBe(bug);
    clock.advance(60_000);
    await settled();
    expect(log.reads).toEqual([]);
    expect(verify()).toBe('accepted');
  });

  test('that found nothing to do returns at once when its seq has been applied', async () => {
    const { authority, log } = await createProcess();
    await authority.commit(async () => ({ seq: 2 }));
    expect(log.reads).toEqual([]);
  });

  test('shares the reading of the log with those beside it', async () => {
    const { commit, log, replica } = await createProcess();
    await Promise.all(Array.from({ length: 50 }, (_, i) => commit(keys(keyWith(`key ${i}`)))));
    expect(replica.appliedSeq).toBe(52);
    expect(log.reads.length).toBeLessThan(5);
    // Each read goes on where the one before it ended.
    expect(log.reads).toEqual(log.reads.toSorted((a, b) => Number(a) - Number(b)));
  });

  test('during a read that began before it waits for one that shows it', async () => {
    const { authority, commit, key, log, replica, verify } = await createProcess();
    const gate = Promise.withResolvers<void>();
    log.gate = gate.promise;
    const first = commit(keys());
    await settled();
    log.gate = Promise.resolve();
    const second = commit(revoked(key));
    const secondState = watch(second);
    await settled();
    expect([verify(), secondState.done]).toEqual(['accepted', false]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(verify()).toBe('revoked');
    expect(replica.appliedSeq).toBe(4);
    await authority.close();
  });
});

describe('the two halves of a commit', () => {
  test('the first answers as soon as it is committed, the second when it is in force', async () => {
    const { authority, key, log, verify } = await createProcess();
    const answer = await authority.attempt(async () => ({ seq: log.append(revoked(key)) }));
    expect([answer, verify()]).toEqual([{ seq: 3 }, 'accepted']);
    await authority.confirm(answer.seq);
    expect(verify()).toBe('revoked');
  });

  test('the log is read when nobody knows whether the first was committed', async () => {
    const { authority, clock, key, log, verify } = await createProcess();
    const lost = () => {
      log.append(revoked(key));
      return Promise.reject(UNREADABLE);
    };
    await expect(authority.attempt(lost)).rejects.toBe(UNREADABLE);
    clock.advance(500);
    await settled();
    expect(verify()).toBe('revoked');
  });

  test('neither begins once the process is closing, and closing waits for both', async () => {
    const { authority, log } = await createProcess();
    const mutation = Promise.withResolvers<object>();
    const attempt = authority.attempt(() => mutation.promise);
    const closing = authority.close();
    const state = watch(closing);
    await settled();
    expect(state.done).toBe(false);
    mutation.resolve({ seq: log.append(keys()) });
    await attempt;
    await closing;
    await expect(authority.attempt(async () => null)).rejects.toMatchObject({ code: 'shutting_down' });
    await expect(authority.confirm(2)).rejects.toMatchObject({ code: 'shutting_down' });
  });
});

describe('requests in flight', () => {
  test('hold the commit that denies them back until they have ended', async () => {
    const { admit, commit, key, verify } = await createProcess();
    const ending = Promise.withResolvers<void>();
    admit(() => ending.promise);
    const revocation = commit(revoked(key));
    const state = watch(revocation);
    await settled();
    expect([verify(), state.done]).toEqual(['revoked', false]);
    ending.resolve();
    await revocation;
  });

  test('hold a repeated revocation back as they do the first', async () => {
    const { admit, authority, commit, key } = await createProcess();
    const ending = Promise.withResolvers<void>();
    admit(() => ending.promise);
    const first = commit(revoked(key));
    await settled();
    const repeated = authority.commit(async () => ({ seq: 3 }));
    const state = watch(repeated);
    await settled();
    expect(state.done).toBe(false);
    ending.resolve();
    await Promise.all([first, repeated]);
  });

  test('that do not end leave the revocation pending at the deadline, and repeating it completes it', async () => {
    const { admit, authority, clock, commit, key } = await createProcess();
    const ending = Promise.withResolvers<void>();
    admit(() => ending.promise);
    const revocation = commit(revoked(key));
    const refused = expect(revocation).rejects.toMatchObject({
      code: 'revocation_pending',
      message: 'Change 3 is committed and not yet confirmed everywhere; repeat the request to wait for it.',
      seq: 3,
    });
    await settled();
    clock.advance(5_000);
    await refused;
    ending.resolve();
    await settled();
    await authority.commit(async () => ({ seq: 3 }));
  });
});

describe('a log that cannot be read after the commit', () => {
  test('leaves the change pending, and repeating the call completes it', async () => {
    const { authority, commit, key, log, verify } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(revoked(key))).rejects.toMatchObject({
      code: 'revocation_pending',
      seq: 3,
      cause: UNREADABLE,
    });
    log.failure = null;
    await authority.commit(async () => ({ seq: 3 }));
    expect(verify()).toBe('revoked');
  });

  test('is read again until it can be, without another call', async () => {
    const { clock, commit, key, log, verify } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(revoked(key))).rejects.toThrow();
    clock.advance(500);
    await settled();
    expect(verify()).toBe('accepted');
    log.failure = null;
    clock.advance(500);
    await settled();
    expect(verify()).toBe('revoked');
  });

  test('stops the process from answering after 2.7 seconds, until it can be read', async () => {
    const { clock, commit, key, log, verify } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(keys({ ...key, name: 'Renamed' }))).rejects.toThrow();
    for (let waitedMs = 0; waitedMs < 2_500; waitedMs += 500) {
      clock.advance(500);
      await settled();
    }
    clock.advance(199);
    expect(verify()).toBe('accepted');
    clock.advance(1);
    expect(verify()).toBe('lease_lost');
    log.failure = null;
    clock.advance(500);
    await settled();
    expect(verify()).toBe('accepted');
  });

  test('stops nothing once a later commit could be confirmed', async () => {
    const { clock, commit, key, log, verify } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(keys({ ...key, name: 'Renamed' }))).rejects.toThrow();
    log.failure = null;
    await commit(keys());
    log.gate = new Promise(() => {});
    clock.advance(10_000);
    await settled();
    expect(verify()).toBe('accepted');
  });

  test('is read too when nobody knows whether the mutation was committed', async () => {
    const { authority, clock, key, log, verify } = await createProcess();
    const mutate = () => {
      log.append(revoked(key));
      return Promise.reject(UNREADABLE);
    };
    await expect(authority.commit(mutate)).rejects.toBe(UNREADABLE);
    clock.advance(500);
    await settled();
    expect(verify()).toBe('revoked');
  });
});

describe('a hole in the log', () => {
  test('makes the process load everything again before it answers', async () => {
    const { commit, key, log, replica, verify } = await createProcess();
    log.lost.add(log.append(revoked(key)));
    const gate = Promise.withResolvers<void>();
    const commited = commit(keys());
    await Promise.resolve();
    await Promise.resolve();
    log.gate = gate.promise;
    await settled();
    expect(verify()).toBe('lease_lost');
    gate.resolve();
    await commited;
    expect(log.reads).toEqual([2, 'snapshot', 4]);
    expect(replica.appliedSeq).toBe(4);
    expect(verify()).toBe('revoked');
  });

  test('at its end does so too', async () => {
    const { commit, key, log, verify } = await createProcess();
    log.lost.add(3);
    await commit(revoked(key));
    expect(log.reads).toEqual([2, 'snapshot', 3]);
    expect(verify()).toBe('revoked');
  });

  test('of a store that has forgotten a commit leaves it pending, and later ones go on', async () => {
    const { authority, commit, key, log, verify } = await createProcess();
    await expect(authority.commit(async () => ({ seq: 9 }))).rejects.toMatchObject({
      code: 'revocation_pending',
      seq: 9,
      cause: {
        code: 'store_unavailable',
        message:
          'The store ends at change 2 and had committed change 9; was a backup restored under the running process?',
      },
    });
    expect(log.reads).toContain('snapshot');
    expect(verify()).toBe('accepted');
    await commit(revoked(key));
    expect(verify()).toBe('revoked');
  });
});

describe('closing', () => {
  test('refuses further commits, waits for those under way, and then answers no more', async () => {
    const { admit, authority, commit, key, log, verify } = await createProcess();
    const ending = Promise.withResolvers<void>();
    admit(() => ending.promise);
    const revocation = commit(revoked(key));
    const closing = authority.close();
    const state = watch(closing);
    await expect(commit(keys())).rejects.toMatchObject({
      code: 'shutting_down',
      message: 'This process is shutting down; repeat the request.',
    });
    await settled();
    expect([verify(), state.done]).toEqual(['revoked', false]);
    ending.resolve();
    await closing;
    await revocation;
    expect(verify()).toBe('lease_lost');
    log.reads.length = 0;
    await settled();
    expect(log.reads).toEqual([]);
  });

  test('during a read that then fails does not read again', async () => {
    const { authority, clock, commit, log } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(keys())).rejects.toThrow();
    const gate = Promise.withResolvers<void>();
    log.gate = gate.promise;
    clock.advance(500);
    await authority.close();
    gate.resolve();
    await settled();
    log.reads.length = 0;
    clock.advance(60_000);
    await settled();
    expect(log.reads).toEqual([]);
  });

  test('stops reading a log that cannot be read', async () => {
    const { authority, clock, commit, log } = await createProcess();
    log.failure = UNREADABLE;
    await expect(commit(keys())).rejects.toThrow();
    await authority.close();
    log.reads.length = 0;
    clock.advance(60_000);
    await settled();
    expect(log.reads).toEqual([]);
  });
});

test('100,000 unknown, revoked and malformed keys do not reach the log', async () => {
  const { commit, key, log, verify } = await createProcess();
  await commit(revoked(key));
  log.reads.length = 0;
  const unknown = Array.from({ length: 100 }, () => mint());
  for (let i = 0; i < 100_000; i++) {
    const presented = [undefined, 'malformed', unknown[i % 100]][i % 3];
    if (verify(presented) === 'accepted') expect.unreachable();
  }
  expect(log.reads).toEqual([]);
});
