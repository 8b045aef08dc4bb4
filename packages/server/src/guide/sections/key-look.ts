import { type Block, code, type GuideSection, paragraph, say } from '../guide-document.ts';
import { exampleEnvironment, exampleKeyOf, type GuideSource, selfServiceOf } from '../guide-source.ts';
import { describeShape } from '../key-shape.ts';

export function tellHowKeysLook(source: GuideSource): GuideSection {
  const { guide, keyspace } = source;
  const { format, mask, recognisedFormats } = keyspace;
  const key = exampleKeyOf(source);
  const older = recognisedFormats.filter((one) => one !== format);
  const shown = code(mask.mask(key, exampleEnvironment(source)));
  const masked =
    selfServiceOf(source) === null
      ? say`Where a key is mentioned again it is shown as ${shown}: enough to identify it without exposing it.`
      : say`The list of your keys shows ${shown}: enough to identify the key without exposing it.`;
  return {
    id: 'key-format',
    title: 'What a key looks like',
    blocks: [
      paragraph(
        say`A key is ${describeShape(format)}${tellLength(source)} (${String(Math.floor(format.entropyBits))} bits of entropy). It contains no spaces and no other characters; what you receive is the whole secret.`,
      ),
      { kind: 'code', language: 'text', label: 'Example', text: key },
      paragraph(
        say`A value that does not match that shape isn't a valid ${guide.title} key, and is refused without a look-up.`,
      ),
      ...older.map(
        (one): Block => paragraph(say`Keys of an older form are accepted as well: ${describeShape(one)}.`),
      ),
      paragraph(say`${masked} The full key is never stored server-side, only its SHA-256 hash is kept.`),
    ],
  };
}

/** What the shape leaves open: how long the whole is, or that there is nothing but the random part. */
function tellLength({ keyspace }: GuideSource): string {
  const { shapes } = keyspace.format;
  if (shapes.every(({ positions }) => positions.every(({ kind }) => kind === 'random'))) {
    return ', all of it random, without a prefix';
  }
  const lengths = new Set(shapes.map(({ positions }) => positions.length));
  return `: ${[...lengths].toSorted((a, b) => a - b).join(' or ')} characters`;
}
