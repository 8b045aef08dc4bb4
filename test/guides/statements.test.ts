import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ESMS_AFRICA } from './_esms-africa.ts';
import { exampleConfiguration, printGuide } from './_guide.ts';
import { LOCAL_ESIM } from './_local-esim.ts';
import { LOCALLEADS } from './_localleads.ts';
import type { Statement } from './_statements.ts';

const SYSTEMS: readonly (readonly [string, readonly Statement[]])[] = [
  ['local-esim', LOCAL_ESIM],
  ['esms-africa', ESMS_AFRICA],
  ['localleads', LOCALLEADS],
];

function readDocument(system: string): string {
  return readFileSync(new URL(`documents/${system}.txt`, import.meta.url), 'utf8');
}

/** The documents lost some of their white space when they were copied. */
function withoutSpace(text: string): string {
  return text.replaceAll(/\s/g, '');
}

/** As it reads, without Markdown's marks. */
function toPlainText(markdown: string): string {
  return markdown.replaceAll(/`|(?<!\*)\*\*(?!\*)|\\(?=[^\s\w])/g, '').replaceAll(/\s+/g, ' ');
}

describe.each(SYSTEMS)('the guide of %s', (system, statements) => {
  test('is held against the whole of the document that was written by hand, in its order', () => {
    const parts = statements.map((one) => ('heading' in one ? one.heading : one.document));
    expect(withoutSpace(parts.join(''))).toBe(withoutSpace(readDocument(system)));
  });

  test('says everything that the document says', async () => {
    const guide = toPlainText(await printGuide(system, exampleConfiguration(system)));
    for (const statement of statements) {
      if ('heading' in statement) continue;
      for (const sentence of [statement.guide].flat()) expect(guide).toContain(sentence);
      if (statement.notTheGuide !== undefined) expect(guide).not.toContain(statement.notTheGuide);
    }
  });
});
