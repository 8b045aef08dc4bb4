import { compileKeyspace, type KeyspaceDefinition } from '@keyhold/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { define } from '../../test/_api.ts';
import { toGatewayAddress } from './gateway-address.ts';
import { createGuide } from './guide.ts';
import { defaultGuide, type GuideDefinition } from './guide-definition.ts';
import { renderGuidePage } from './guide-page.ts';
import { renderMarkdown } from './markdown.ts';

function guideOf(
  fields: Partial<KeyspaceDefinition>,
  { address = null, ...guide }: Partial<GuideDefinition> & { readonly address?: string | null } = {},
) {
  const definition = define('acme', fields);
  const keyspace = compileKeyspace(definition, []);
  return createGuide({ guide: { ...defaultGuide(definition), ...guide }, keyspace, address });
}

describe('a guide says what holds for its keyspace, where that', () => {
  const facts: readonly [string, Partial<KeyspaceDefinition>, readonly string[]][] = [
    [
      'reads the bare key from a header of its own',
      { credential: { header: 'x-api-key', scheme: null } },
      [
        'Pass the key in the `X-Api-Key` header on every request.',
        '-H "X-Api-Key: $ACME_API_KEY"',
        'ApiKey realm',
      ],
    ],
    [
      'allows a grace',
      { recycle: { maxGraceMs: 5_400_000 } },
      ['after a grace period of up to 90 minutes if you ask for one'],
    ],
    [
      'limits the lifetime of keys',
      { limits: { activeKeysPerOrganization: 1, maxLifetimeMs: 7_776_000_000 } },
      ['Every key has an expiry date, at most 90 days ahead', 'up to 1 active API key at once'],
    ],
    [
      'recognises older formats and has a checksum',
      {
        key: {
          format: 'acme_{random:base62:30}{checksum}',
          masked: 'acme_****{last:4}',
          alsoAccepted: ['old_{random:hex:40}'],
        },
      },
      [
        '`acme_`, then 30 letters and digits (A–Z, a–z and 0–9), then 6 characters that check the rest: 41 characters',
        'Keys of an older form are accepted as well: `old_`, then 40 lowercase hex characters',
      ],
    ],
    ['is retired', { retired: true }, ['has retired its API keys']],
    [
      'has no gateway whose address could be told',
      {},
      ['Put the address of the API in place of `https://api.example.com`.'],
    ],
  ];
  test.each(facts)('%s', (_, fields, sentences) => {
    const markdown = renderMarkdown(guideOf(fields));
    for (const sentence of sentences) expect(markdown).toContain(sentence);
  });
});

test('the example of a keyspace with scopes is one that a key can make, and a path parameter stands out in it', () => {
  const scopes = { all: ['POST /a', 'GET /b/{id}', 'GET /c'] };
  expect(defaultGuide(define('acme', { scopes })).example).toEqual({ method: 'GET', path: '/c', body: null });
  const onlyWithId = { all: ['DELETE /b/{id}'] };
  expect(defaultGuide(define('1a-b', { scopes: onlyWithId }))).toMatchObject({
    example: { method: 'DELETE', path: '/b/ID' },
    variable: '_1A_B_API_KEY',
  });
});

test('whatever the configuration says in words is shown as it is, and changes nothing of the page around it', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: fc.constantFrom(...Array.from('<>&"\'`*_[]()#|\\!a1')) }),
      (words) => {
        const plain = guideOf({}, { title: 'PLAIN', keysPage: 'PLAIN' });
        const document = guideOf({}, { title: words, keysPage: words });
        const tags = (page: string) => page.match(/<\/?[a-z0-9]+/g);
        expect(tags(renderGuidePage(document))).toEqual(tags(renderGuidePage(plain)));
        const shown = renderMarkdown(document).replaceAll(/\\([\\`*_[\]<>#&])/g, '$1');
        expect(shown).toContain(`# ${words}: authentication`);
      },
    ),
  );
});

describe('the address that customers are told', () => {
  const listen = { kind: 'address', host: '127.0.0.1', port: 9102 } as const;
  const hosts = { kind: 'hosts', hosts: ['sms.example.com'] } as const;
  const tls = { certPath: '', keyPath: '' };
  const plain = { publicUrl: null, tls: null };
  test.each([
    [
      { ...plain, publicUrl: new URL('https://sms.example.com/v2/'), listen },
      null,
      'https://sms.example.com/v2',
    ],
    [{ ...plain, listen }, null, 'http://127.0.0.1:9102'],
    [{ ...plain, listen: { ...listen, host: '::' } }, null, 'http://127.0.0.1:9102'],
    [{ ...plain, listen: { ...listen, host: '::1' } }, null, 'http://[::1]:9102'],
    [{ ...plain, listen: { ...listen, port: 0 } }, 41_234, 'http://127.0.0.1:41234'],
    [{ ...plain, listen: { ...listen, port: 0 } }, null, null],
    [{ ...plain, listen: hosts }, 8443, 'http://sms.example.com:8443'],
    [{ ...plain, tls, listen: hosts }, 443, 'https://sms.example.com'],
    [{ ...plain, listen: hosts }, null, null],
  ] as const)('is what the configuration says: %#', (definition, port, address) => {
    expect(toGatewayAddress(definition, port)).toBe(address);
  });
});
