import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestKey } from './key-digest.ts';

test('a digest is the SHA-256 of the text, and one digest does not overwrite another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { minLength: 1, maxLength: 8 }),
      (texts) => {
        const digests = texts.map(digestKey);
        for (const [i, text] of texts.entries()) {
          expect(digests[i]).toEqual(createHash('sha256').update(text).digest());
        }
      },
    ),
  );
});
