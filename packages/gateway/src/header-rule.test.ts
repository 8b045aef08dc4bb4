import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerRule, isKeyholdHeader } from './header-rule.ts';

const anyCase = (name: string) =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((upper) =>
    Array.from(name, (char) => char)
      .map((char, i) => (upper[i] ? char.toUpperCase() : char))
      .join(''),
  );
/** A name with each of its hyphens as some separator that CGI, WSGI or Rack take for the same. */
const anySpelling = (name: string) =>
  fc
    .tuple(anyCase(name), fc.array(fc.constantFrom('-', '_', '.', '~', '!'), { minLength: 9, maxLength: 9 }))
    .map(([text, separators]) => text.replaceAll('-', () => separators.pop() ?? '-'));

describe('a header rule', () => {
  it.each([
    'keyhold-key-id',
    'keyhold-organization',
    'keyhold-environment',
    'keyhold-scopes',
    'keyhold-request-id',
    'keyhold',
    'x-http-method-override',
    'transfer-encoding',
    'proxy-authorization',
    'http2-settings',
  ])('drops %s in every case and spelling', (name) => {
    fc.assert(fc.property(anySpelling(name), (spelled) => headerRule(spelled).kind === 'drop'));
  });

  it.each(['x-forwarded-for', 'x-forwarded-prefix', 'x-real-ip'])(
    'believes %s in its own spelling only',
    (name) => {
      fc.assert(fc.property(anyCase(name), (spelled) => headerRule(spelled).kind === 'provenance'));
      fc.assert(
        fc.property(
          anySpelling(name),
          (spelled) => headerRule(spelled).kind === (spelled.toLowerCase() === name ? 'provenance' : 'drop'),
        ),
      );
    },
  );

  it('forwards ordinary headers under their name in lower case', () => {
    for (const name of [
      'Accept',
      'Content-Length',
      'Cookie',
      'X-API-Key',
      'Keyholder',
      'traceparent',
      'x_custom',
    ]) {
      expect(headerRule(name)).toMatchObject({ name: name.toLowerCase(), kind: 'forward' });
    }
    expect(headerRule('content_length').kind).toBe('drop');
  });

  it('is the same however many names went before', () => {
    for (let i = 0; i < 3_000; i++) headerRule(`X-Name-${i}`);
    expect(headerRule('Keyhold-New').kind).toBe('drop');
    expect(headerRule('X-Name-2999')).toEqual({
      name: 'x-name-2999',
      canonicalName: 'x-name-2999',
      kind: 'forward',
    });
  });
});

it('a Keyhold header is one by its first word', () => {
  expect(['keyhold', 'keyhold-x', 'keyhold_x', 'keyhold.x'].every(isKeyholdHeader)).toBe(true);
  expect(['keyholder', 'keyhold2', 'x-keyhold', 'key-hold'].some(isKeyholdHeader)).toBe(false);
});
