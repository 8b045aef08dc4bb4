import { type Block, code, type GuideSection, listed, paragraph, say, type Text } from '../guide-document.ts';
import { exampleKeyOf, type GuideSource, providerOf, selfServiceOf } from '../guide-source.ts';

export function tellHowToGetAKey(source: GuideSource): GuideSection {
  const isSelfService = selfServiceOf(source) !== null;
  return {
    id: 'getting-a-key',
    title: 'Getting a key',
    blocks: [
      ...(isSelfService ? tellSteps(source) : tellIssuing(source)),
      {
        kind: 'code',
        language: 'sh',
        label: '.env',
        text: `${source.guide.variable}=${exampleKeyOf(source)}`,
      },
      { kind: 'warning', text: tellWhatItIsWorth(source) },
    ],
  };
}

function tellIssuing(source: GuideSource): readonly Block[] {
  const provider = providerOf(source);
  const { variable } = source.guide;
  return [
    paragraph(
      say`Keys are issued by ${provider} directly. Your point of contact at ${provider} sends you the key over a secure channel during onboarding.`,
    ),
    paragraph(
      say`A key is shown only once, at the moment of creation, and cannot be retrieved again. If you lose it, contact ${provider}: they recycle it, which gives you a new one and invalidates the old one.`,
    ),
    paragraph(
      say`Store it in an environment variable, ${code(variable)} in the examples here, not in source code.`,
    ),
  ];
}

function tellSteps(source: GuideSource): readonly Block[] {
  const { guide, keyspace } = source;
  const { environments, scopes, limits } = keyspace.definition;
  const choices = [
    'give it a name',
    ...(environments.length > 1 ? ['choose its environment'] : []),
    ...(scopes === null ? [] : ['pick its scopes']),
    limits.maxLifetimeMs === null ? 'set an optional expiry' : 'set its expiry',
  ];
  const place = guide.keysPage ?? `the page for API keys in your ${providerOf(source)} account`;
  const items = [
    say`Open ${guide.keysPage === null ? place : { strong: place }}.`,
    say`Click ${{ strong: 'New key' }}, ${listed(choices, 'and')}.`,
    say`Copy the full key immediately and store it securely: it is shown once only, and you cannot retrieve it again.`,
    say`Store it in an environment variable, ${code(guide.variable)} in the examples here, not in source code.`,
  ];
  return [{ kind: 'steps', items }];
}

function tellWhatItIsWorth({ keyspace }: GuideSource): Text {
  const carries =
    keyspace.definition.scopes === null
      ? 'API keys carry your full account permissions. Treat them like passwords.'
      : 'Treat API keys like passwords: whoever has one can do what its scopes allow.';
  return say`${carries} Never commit them to source control or expose them in client-side code. Revoke a compromised key immediately.`;
}
