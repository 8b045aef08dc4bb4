import { checksumOf } from './checksum.ts';
import type { KeyFormat } from './key-format.ts';

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');
const DIGITS = Array.from('1234567890');

/**
 * A key to show in documents: of the right shape, its checksum included, and plainly nobody's (`…a1b2c3d4e5…`).
 *
 * @param environment one of the environments the format was compiled with; ignored where the template has none.
 * @throws {TypeError} for any other environment.
 */
export function exampleKey(format: KeyFormat, environment: string | null): string {
  const shape = format.shapes.find((one) => !format.hasEnvironment || one.environment === environment);
  if (shape === undefined) {
    throw new TypeError(`The key format "${format.template}" has no environment "${environment}".`);
  }
  let key = '';
  let checksum = '';
  let drawn = 0;
  for (const { kind, characters } of shape.positions) {
    if (kind === 'checksum') {
      if (checksum === '') checksum = checksumOf(key);
      key += checksum.charAt(0);
      checksum = checksum.slice(1);
    } else {
      key += kind === 'random' ? drawExample(characters, drawn++) : characters;
    }
  }
  return key;
}

/** A letter and a digit in turn, each kind in its own order. */
function drawExample(characters: string, index: number): string {
  const order = (index % 2 === 0 ? LETTERS : DIGITS).filter((character) => characters.includes(character));
  return order[Math.floor(index / 2) % order.length] ?? characters.charAt(0);
}
