import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withoutMethodOverride } from './method-override.ts';

it.each([
  '_method',
  '%5Fmethod',
  '_%6dethod',
  '.method',
  '%20_method',
  '[method',
  '+method',
  '_method[]',
  '_method%00x',
])('a query loses the parameter %s', (name) => {
  expect(withoutMethodOverride(`a=1&${name}=DELETE&b=2`)).toBe('a=1&b=2');
  expect(withoutMethodOverride(`${name}=DELETE`)).toBe('');
  expect(withoutMethodOverride(name)).toBe('');
});

it('a query without one comes back as it is', () => {
  for (const query of [
    '',
    'a',
    'a=1&&b',
    'method=x',
    'b_method=x',
    'x=_method',
    '%zz=%',
    'a[_method]=1',
    '_methods=1',
  ]) {
    expect(withoutMethodOverride(query)).toBe(query);
  }
  const word = fc.stringMatching(/^[a-z0-9%=]{0,8}$/);
  fc.assert(
    fc.property(fc.array(word), (words) => withoutMethodOverride(words.join('&')) === words.join('&')),
  );
});
