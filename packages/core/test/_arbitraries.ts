import * as fc from 'fast-check';

/** Templates that compile: at least 128 bits of randomness in one part or several, in any order with the rest. */
export const keyTemplates = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constant('{environment}'),
        fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,6}$/),
        fc
          .tuple(
            fc.constantFrom('hex', 'base36', 'base58', 'base62', 'base64url'),
            fc.integer({ min: 1, max: 40 }),
          )
          .map(([alphabet, length]) => `{random:${alphabet}:${length}}`),
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom('{random:hex:32}', '{random:base62:43}', '{random:base64url:22}', '{random:base58:25}'),
    fc.constantFrom('', '{checksum}', '{checksum}-x'),
  )
  .map(([parts, random, end]) => parts.join('') + random + end);

/** Names of unequal and equal lengths, some the beginning of others. */
export const environmentLists = fc.uniqueArray(
  fc.constantFrom('live', 'test', 'liv', 'li', 'prod-eu', 'T1'),
  {
    minLength: 1,
    maxLength: 4,
  },
);
