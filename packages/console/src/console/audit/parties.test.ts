import { expect, test } from 'vitest';
import { toActorText, toCreator } from './parties.ts';

const MYSELF = 'person_01jtb3v9x8f6s2m4n7q0r5w1yz';

test.each([
  ['key_01jtb3v9x8f6s2m4n7q0r5w1yz', 'Sam Ortiz', { who: 'Sam Ortiz', more: 'Key' }],
  ['ps_01jtb3v9x8f6s2m4n7q0r5w1yz', 'Sam Ortiz', { who: 'Sam Ortiz', more: 'Keys page' }],
  ['op_01jtb3v9x8f6s2m4n7q0r5w1yz', 'Sam Ortiz', { who: 'Sam Ortiz', more: 'Operator token' }],
  ['person_11jtb3v9x8f6s2m4n7q0r5w1yz', 'Sam Ortiz', { who: 'Sam Ortiz', more: 'Person' }],
  ['ps_01jtb3v9x8f6s2m4n7q0r5w1yz', null, { who: 'Keys page', more: 'ps_01jtb3v9x8f6s2m4n7q0r5w1yz' }],
  [MYSELF, 'Sam Ortiz', { who: 'You', more: null }],
  ['embedded', null, { who: 'Keyhold', more: 'embedded' }],
])('whoever issued a key is told with what they are: %s, called %s', (created_by, created_by_name, text) => {
  expect(toActorText(toCreator({ created_by, created_by_name }), MYSELF)).toEqual(text);
});
