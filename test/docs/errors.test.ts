import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_PLANE_PROBLEMS, PROBLEMS } from '@keyhold/api';
import { ERROR_CODES, REASONS, STARTUP_ERROR_CODES } from '@keyhold/core';
import { GATEWAY_PROBLEMS } from '@keyhold/gateway';
import { expect, test } from 'vitest';
import { renderErrorsPage } from '../../scripts/errors-page.ts';

const docs = join(import.meta.dirname, '../../docs');

function codesIn(page: string): string[] {
  return [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1] as string);
}

test('docs/errors.md is what the code says; "npm run docs" writes it', () => {
  expect(readFileSync(join(docs, 'errors.md'), 'utf8')).toBe(renderErrorsPage());
});

test('docs/errors.md has every code there is, and no other', () => {
  const listed = new Set(codesIn(readFileSync(join(docs, 'errors.md'), 'utf8')));
  const known = new Set<string>([
    ...ERROR_CODES,
    ...STARTUP_ERROR_CODES,
    ...Object.keys(PROBLEMS),
    ...Object.keys(DATA_PLANE_PROBLEMS),
    ...Object.keys(GATEWAY_PROBLEMS),
  ]);
  expect([...listed].sort()).toEqual([...known].sort());
});

test('the glossary lists every reason in the order of precedence, and no other', () => {
  const glossary = readFileSync(join(docs, 'glossary.md'), 'utf8');
  expect(codesIn(glossary.slice(glossary.indexOf('## Reasons')))).toEqual([...REASONS]);
});
