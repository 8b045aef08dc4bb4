import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFERENCE_FILE, renderReference } from './reference.ts';

test('docs/configuration.md is what the schema makes; `node packages/server/src/config/reference.ts` writes it', () => {
  expect(readFileSync(REFERENCE_FILE, 'utf8')).toBe(renderReference());
});
