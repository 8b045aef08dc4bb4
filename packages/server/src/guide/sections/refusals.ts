import { STATUS_CODES } from 'node:http';
import type { DenialResponse } from '@keyhold/core';
import { type Block, code, type GuideSection, listed, paragraph, say, type Text } from '../guide-document.ts';
import { type GuideSource, headerNameOf, providerOf, selfServiceOf } from '../guide-source.ts';

/** What a refused request is answered with, byte for byte, and what to look at. */
export function tellRefusals(source: GuideSource): GuideSection {
  const { keyspace } = source;
  const { denials } = keyspace;
  const isOneAnswer = denials.unauthenticated === denials.invalidToken;
  const [, challenge = ''] = denials.unauthenticated.headers;
  return {
    id: 'errors',
    title: 'When a request is refused',
    blocks: [
      paragraph(say`A key that is not accepted gets ${{ strong: '401 Unauthorized' }}:`),
      toWire('401', denials.invalidToken),
      paragraph(
        isOneAnswer
          ? say`A request without a key gets the same.`
          : say`A request without a key, or with another scheme, gets the same body and the challenge ${code(`WWW-Authenticate: ${challenge}`)} alone.`,
      ),
      paragraph(say`Check that:`),
      { kind: 'list', items: toChecks(source) },
      paragraph(tellSilence(source)),
      ...tellForbidden(source),
      paragraph(
        say`Two keys in one request are ${code('400')}. ${code('503')} with ${code('Retry-After')} says that keys could not be checked for a moment: repeat the request after that many seconds. Any other status is the API's own.`,
      ),
      paragraph(
        say`Every answer also has ${code('Date')} and ${code('Keyhold-Request-Id')}, which differ each time. Name the id when you write to ${providerOf(source)} about an answer: it says what happened where the answer itself must not.`,
      ),
    ],
  };
}

function tellForbidden({ keyspace, guide }: GuideSource): readonly Block[] {
  const { scopes } = keyspace.definition;
  if (scopes === null) return [];
  const { method, path } = guide.example;
  const opening = Object.keys(scopes).filter((name) => isOpenedBy(name));
  function isOpenedBy(name: string): boolean {
    const table = keyspace.operations;
    const words = table?.match(method, path);
    return table?.toWords([name]).some((word, i) => (word & (words?.[i] ?? 0)) !== 0) ?? false;
  }
  return [
    paragraph(
      say`A good key without the scope that an operation needs gets ${{ strong: '403 Forbidden' }}, here for ${code(`${method} ${path}`)}:`,
    ),
    toWire('403', keyspace.denials.insufficientScope(opening)),
    paragraph(
      say`Where the challenge names a ${code('scope')}, a key with it is let through. Where it names none, no key opens that operation: check the method and the path.`,
    ),
  ];
}

function toWire(status: '401' | '403', { headers, body }: DenialResponse): Block {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return { kind: 'code', language: 'http', label: null, text: `${lines.join('\n')}\n\n${body.toString()}` };
}

function toChecks(source: GuideSource): readonly Text[] {
  const { environments, acceptsEnvironments, credential, requiresFeature } = source.keyspace.definition;
  const { scheme } = credential;
  const header = headerNameOf(source);
  const refused = environments.filter((name) => !acceptsEnvironments.includes(name));
  const accepted = listed(acceptsEnvironments.map(code), 'or');
  return [
    say`The ${code(header)} header is present and spelled correctly.`,
    scheme === null
      ? say`It holds the key and nothing else.`
      : say`The format is exactly ${code(scheme)} followed by your key (note the space after ${code(scheme)}).`,
    say`The key is whole and typed correctly, without extra whitespace in it.`,
    ...(refused.length > 0
      ? [say`You're using the ${accepted} key, not a ${listed(refused.map(code), 'or')} key.`]
      : []),
    say`The key has not passed its expiry date.`,
    selfServiceOf(source) === null
      ? say`The key hasn't been recycled, revoked or disabled. If in doubt, contact ${providerOf(source)}.`
      : say`The key hasn't been recycled, revoked or disabled. The list of your keys shows it.`,
    requiresFeature === null
      ? say`Your account is not suspended.`
      : say`Your account is enabled for this API and not suspended.`,
    say`You call from an address that the key allows, if it was bound to some.`,
  ];
}

/** Only what this keyspace can refuse is named. */
function tellSilence({ keyspace }: GuideSource): Text {
  const { requiresFeature, environments, acceptsEnvironments } = keyspace.definition;
  const causes = [
    '“key not found”',
    '“key revoked”',
    '“key expired”',
    ...(environments.length > acceptsEnvironments.length ? ['“wrong environment”'] : []),
    ...(requiresFeature === null ? [] : ['“feature not enabled”']),
  ];
  return say`For security reasons, the API does not distinguish between ${listed(causes, 'and')}: all return the same generic 401 response, byte for byte.`;
}
