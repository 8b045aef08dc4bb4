import { readFileSync } from 'node:fs';
import {
  type CredentialRule,
  compileKeyFormat,
  compileKeyMask,
  compileOperationTable,
  digestKey,
  readCredential,
  readRequestTarget,
} from '@keyhold/core';
import { describe, expect, test } from 'vitest';

// The JSON files are data for implementations in other languages too; keys, checksums and digests in them were made by
// another implementation (Python's zlib and hashlib).
interface Vectors<Case> {
  readonly cases: readonly Case[];
}

function readVectors<Case>(name: string): Vectors<Case> & { readonly refused?: readonly string[] } {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8'));
}

interface FormatCase {
  readonly template: string;
  readonly environments: readonly string[];
  readonly keys: readonly { readonly key: string; readonly environment: string | null }[];
  readonly others: readonly { readonly text: string; readonly because: string }[];
}

describe.each(readVectors<FormatCase>('formats').cases)('the format $template', (vector) => {
  const format = compileKeyFormat(vector.template, vector.environments);
  test.each(vector.keys)('recognises $key', ({ key, environment }) => {
    expect(format.recognise(key)).toEqual({ environment });
  });
  test.each(vector.others)('does not recognise a text with $because', ({ text }) => {
    expect(format.recognise(text)).toBeNull();
  });
});

interface MaskCase {
  readonly mask: string;
  readonly format: string;
  readonly environments: readonly string[];
  readonly key: string;
  readonly environment: string | null;
  readonly shown: string;
}

test.each(readVectors<MaskCase>('masks').cases)(
  'a list shows $key as $shown',
  ({ mask, format, environments, key, environment, shown }) => {
    const compiled = compileKeyMask(mask, compileKeyFormat(format, environments), environments);
    expect(compiled.mask(key, environment)).toBe(shown);
  },
);

test.each(readVectors<{ text: string; checksum: string }>('checksums').cases)(
  'the checksum of "$text" is $checksum',
  ({ text, checksum }) => {
    const format = compileKeyFormat(`${text}{checksum}{random:hex:32}`, []);
    const otherLast = checksum.endsWith('z') ? 'y' : 'z';
    expect(format.recognise(text + checksum + '0'.repeat(32))).not.toBeNull();
    expect(format.recognise(text + checksum.slice(0, -1) + otherLast + '0'.repeat(32))).toBeNull();
  },
);

test.each(readVectors<{ key: string; digest: string }>('digests').cases)(
  'the digest of $key',
  ({ key, digest }) => {
    expect(digestKey(key).toString('hex')).toBe(digest);
  },
);

interface CredentialCase {
  readonly name: string;
  readonly rule: CredentialRule;
  readonly headers: readonly string[];
  readonly credential: { readonly kind: string };
}

test.each(readVectors<CredentialCase>('credentials').cases)(
  'a request with $name presents $credential.kind',
  ({ rule, headers, credential }) => {
    expect(readCredential(rule, headers)).toEqual(credential);
  },
);

interface OperationCase {
  readonly scopes: { readonly [scope: string]: readonly string[] };
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly openedBy: readonly string[] | null;
  }[];
}

describe.each(readVectors<OperationCase>('operations').cases)(
  'scopes and operations',
  ({ scopes, requests }) => {
    const table = compileOperationTable(scopes);
    test.each(requests)('$method $path is opened by $openedBy', ({ method, path, openedBy }) => {
      expect(table.match(method, path)).toEqual(openedBy && table.toWords(openedBy));
    });
  },
);

const targets = readVectors<{ target: string; path: string; query: string; authority: string | null }>(
  'paths',
);

test.each(targets.cases)('the target $target passes as it stands', ({ target, path, query, authority }) => {
  expect(readRequestTarget(target)).toEqual({ ok: true, path, query, authority });
});

test.each(targets.refused ?? [])('the target %j is refused', (target) => {
  expect(readRequestTarget(target)).toEqual({ ok: false });
});
