import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { environmentLists, keyTemplates } from '../../test/_arbitraries.ts';
import { exampleKey } from './example-key.ts';
import { compileKeyFormat } from './key-format.ts';

test.each([
  ['esms_{environment}_{random:base36:32}', 'live', 'esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
  ['ll_{random:hex:64}', null, 'll_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2'],
])('the example of %s is the one that its document shows', (template, environment, key) => {
  expect(exampleKey(compileKeyFormat(template, ['live', 'test']), environment)).toBe(key);
});

test('an example is a key of its format, whatever that is', () => {
  fc.assert(
    fc.property(keyTemplates, environmentLists, (template, environments) => {
      const format = compileKeyFormat(template, environments);
      for (const environment of environments) {
        expect(format.recognise(exampleKey(format, environment))).not.toBeNull();
      }
    }),
  );
});
