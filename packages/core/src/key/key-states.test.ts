import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isActive, type KeyLife, type KeyVerb, transition } from './key-states.ts';

/** The rules once more, as facts about a key instead of as a machine. */
interface Model {
  nowMs: number;
  revoked: boolean;
  disabled: boolean;
  expiresAtMs: number | null;
}

/** A key record as a store would keep it: whatever the machine answers is carried out. */
interface Record {
  life: KeyLife;
}

class Verb implements fc.Command<Model, Record> {
  readonly verb: KeyVerb;
  constructor(verb: KeyVerb) {
    this.verb = verb;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, record: Record): void {
    const before = record.life;
    const outcome = transition(before, this.verb, model.nowMs);
    if (outcome.kind === 'apply') record.life = outcome.life;

    const expired = model.expiresAtMs !== null && model.expiresAtMs <= model.nowMs;
    if (model.revoked) {
      expect(outcome).toEqual(
        this.verb === 'revoke' ? { kind: 'nothing_to_do' } : { kind: 'refused', code: 'key_revoked' },
      );
    } else if (this.verb === 'recycle' && expired) {
      expect(outcome).toEqual({ kind: 'refused', code: 'key_expired' });
    } else if (this.verb === 'enable' && !model.disabled) {
      expect(outcome.kind).toBe('nothing_to_do');
    } else if (this.verb === 'disable' && model.disabled) {
      expect(outcome.kind).toBe('nothing_to_do');
    } else {
      expect(outcome.kind).toBe('apply');
      if (this.verb === 'revoke') model.revoked = true;
      if (this.verb === 'disable') model.disabled = true;
      if (this.verb === 'enable') model.disabled = false;
    }
    expectSame(model, record);
    if (before.revoked) expect(record.life).toBe(before);
    if (this.verb === 'recycle' || this.verb === 'patch') expect(record.life).toEqual(before);
  }
  toString(): string {
    return this.verb;
  }
}

/** A patch that moves the expiry, as management does it: the machine permits, the caller writes. */
class MoveExpiry implements fc.Command<Model, Record> {
  readonly inMs: number | null;
  constructor(inMs: number | null) {
    this.inMs = inMs;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, record: Record): void {
    const expiresAtMs = this.inMs === null ? null : model.nowMs + this.inMs;
    const outcome = transition(record.life, 'patch', model.nowMs);
    expect(outcome.kind).toBe(model.revoked ? 'refused' : 'apply');
    if (outcome.kind === 'apply') {
      record.life = { ...outcome.life, expiresAtMs };
      model.expiresAtMs = expiresAtMs;
    }
    expectSame(model, record);
  }
  toString(): string {
    return `move expiry by ${this.inMs}`;
  }
}

class Wait implements fc.Command<Model, Record> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, record: Record): void {
    const wasActive = isActive(record.life, model.nowMs);
    model.nowMs += this.ms;
    if (!wasActive) expect(isActive(record.life, model.nowMs)).toBe(false);
    expectSame(model, record);
  }
  toString(): string {
    return `wait ${this.ms}`;
  }
}

function expectSame(model: Model, { life }: Record): void {
  expect(life).toEqual({ revoked: model.revoked, disabled: model.disabled, expiresAtMs: model.expiresAtMs });
  const expired = model.expiresAtMs !== null && model.expiresAtMs <= model.nowMs;
  expect(isActive(life, model.nowMs)).toBe(!model.revoked && !expired);
}

test('no sequence of verbs, new expiries and waiting leaves the rules of a key’s life', () => {
  const verbs: readonly KeyVerb[] = ['recycle', 'revoke', 'disable', 'enable', 'patch'];
  const commands = fc.commands(
    [
      ...verbs.map((verb) => fc.constant(new Verb(verb))),
      fc.option(fc.integer({ min: 1, max: 10 })).map((inMs) => new MoveExpiry(inMs)),
      fc.integer({ min: 0, max: 6 }).map((ms) => new Wait(ms)),
    ],
    { maxCommands: 40 },
  );
  fc.assert(
    fc.property(commands, fc.option(fc.integer({ min: 1, max: 10 })), (run, expiresAtMs) => {
      fc.modelRun(() => {
        const start = { revoked: false, disabled: false, expiresAtMs };
        return { model: { ...start, nowMs: 0 }, real: { life: start } };
      }, run);
    }),
    { numRuns: 300 },
  );
});

const fresh: KeyLife = { revoked: false, disabled: false, expiresAtMs: null };

describe('expiry', () => {
  test.each([
    [999, true],
    [1_000, false],
    [1_001, false],
  ])('a key that expires at 1000 is active at %i: %s', (nowMs, active) => {
    expect(isActive({ ...fresh, expiresAtMs: 1_000 }, nowMs)).toBe(active);
  });

  test('an expired key cannot be recycled, and may be disabled, enabled, revoked and patched', () => {
    const expired = { ...fresh, expiresAtMs: 1 };
    expect(transition(expired, 'recycle', 1)).toEqual({ kind: 'refused', code: 'key_expired' });
    expect(transition(expired, 'patch', 1)).toEqual({ kind: 'apply', life: expired });
    expect(transition(expired, 'disable', 1)).toEqual({
      kind: 'apply',
      life: { ...expired, disabled: true },
    });
    expect(transition(expired, 'revoke', 1)).toEqual({ kind: 'apply', life: { ...expired, revoked: true } });
  });
});

test('a disabled key is active for the cap, and recycling it does not enable it', () => {
  const disabled = { ...fresh, disabled: true };
  expect(isActive(disabled, 0)).toBe(true);
  expect(transition(disabled, 'recycle', 0)).toEqual({ kind: 'apply', life: disabled });
});
