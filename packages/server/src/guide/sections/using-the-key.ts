import { toCallExamples } from '../call-examples.ts';
import { code, type GuideSection, listed, paragraph, say } from '../guide-document.ts';
import { credentialValue, type GuideSource, headerNameOf, UNKNOWN_ADDRESS } from '../guide-source.ts';

export function tellHowToSendTheKey(source: GuideSource): GuideSection {
  const { guide, keyspace, address } = source;
  const header = headerNameOf(source);
  const { scheme } = keyspace.definition.credential;
  const publicOperations = keyspace.definition.gateway?.publicOperations ?? [];
  return {
    id: 'using-the-key',
    title: 'Using the key in requests',
    blocks: [
      paragraph(
        say`Pass the key in the ${code(header)} header on every request${
          scheme === null ? '' : say`: the word ${code(scheme)}, a space, and the key`
        }. A key anywhere else, in the address or in the body, is not read.`,
      ),
      {
        kind: 'code',
        language: 'http',
        label: 'Header',
        text: `${header}: ${credentialValue(source, 'YOUR_KEY')}`,
      },
      paragraph(
        say`The examples read it from ${code(guide.variable)} at runtime. Never write it into code that ships to version control.`,
      ),
      ...(address === null
        ? [paragraph(say`Put the address of the API in place of ${code(UNKNOWN_ADDRESS)}.`)]
        : []),
      ...toCallExamples(source),
      ...(publicOperations.length === 0
        ? []
        : [paragraph(say`No key is needed for ${listed(publicOperations.map(code), 'and')}.`)]),
    ],
  };
}
