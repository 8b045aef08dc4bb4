import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextArena } from './text-arena.ts';

test('every text reads as it was stored, while others come and go', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.constantFrom('', 'a'.repeat(65_535), 'é'.repeat(30_000)),
  );
  const step = fc.record({ text, releases: fc.option(fc.nat(), { freq: 2 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const arena = new TextArena();
      const kept: [reference: number, text: string][] = [];
      for (const { text, releases } of steps) {
        if (releases !== null && kept.length > 0) {
          for (const [reference] of kept.splice(releases % kept.length, 1)) arena.release(reference);
        }
        kept.push([arena.store(text), text]);
      }
      for (const [reference, text] of kept) expect(arena.read(reference)).toBe(text);
    }),
    { numRuns: 60 },
  );
});

test('a text equals itself and no other, as a text and as bytes', () => {
  const text = fc.oneof(fc.string({ maxLength: 4 }), fc.string({ unit: 'grapheme', maxLength: 4 }));
  fc.assert(
    fc.property(text, text, (stored, other) => {
      const arena = new TextArena();
      const reference = arena.store(stored);
      for (const each of [stored, other, `${stored}${other}`, stored.slice(0, -1)]) {
        const bytes = Buffer.from(`-${each}-`);
        expect(arena.equals(reference, each)).toBe(each === stored);
        expect(arena.holds(reference, bytes, 1, bytes.length - 2)).toBe(each === stored);
      }
    }),
  );
});

test('texts of every length read back over many chunks', () => {
  const arena = new TextArena();
  const texts = Array.from({ length: 300 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(i * 218));
  const references = texts.map((text) => arena.store(text));
  for (const [i, reference] of references.entries()) expect(arena.read(reference) === texts[i]).toBe(true);
});

test('renaming a thousand times takes the room of one name', () => {
  const arena = new TextArena();
  const references = new Set<number>();
  let reference = arena.store('name 000');
  for (let i = 1; i < 1_000; i++) {
    arena.release(reference);
    reference = arena.store(`name ${String(i).padStart(3, '0')}`);
    references.add(reference);
  }
  expect(references.size).toBe(1);
});

test('the empty text takes no room, and giving it back gives none to others', () => {
  const arena = new TextArena();
  const empty = arena.store('');
  expect(empty).toBe(0);
  arena.release(empty);
  arena.store('a');
  expect(arena.read(empty)).toBe('');
});

test('room given back once is given out once', () => {
  const arena = new TextArena();
  const first = arena.store('one');
  arena.release(first);
  const [second, third] = [arena.store('two'), arena.store('six')];
  expect(second).toBe(first);
  expect([arena.read(second), arena.read(third)]).toEqual(['two', 'six']);
});

test('a text of more than 65,535 bytes is refused', () => {
  expect(() => new TextArena().store('a'.repeat(65_536))).toThrow(
    new RangeError('A text of 65536 bytes is too long; 65535 is the most.'),
  );
});
