import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLIENT_OPERATIONS_FILE, renderClientOperations } from '../../scripts/client-operations.ts';

test('the operations of the SDK are those of the API, with its descriptions; "npm run docs" writes them', () => {
  expect(readFileSync(CLIENT_OPERATIONS_FILE, 'utf8')).toBe(renderClientOperations());
});
