import { splitScopes, toIssuedKey, toListedKey } from '../../self-service/self-service-keys.ts';
import { type Block, code, type GuideSection, listed, paragraph, say, type Text } from '../guide-document.ts';
import {
  exampleEnvironment,
  exampleKeyOf,
  type GuideSource,
  providerOf,
  selfServiceOf,
} from '../guide-source.ts';
import { toReadableJson } from '../readable-json.ts';

const NAME = 'Production server';
const CREATED_AT_MS = Date.UTC(2026, 4, 2, 10, 0, 0);
const LAST_USED_AT_MS = Date.UTC(2026, 4, 2, 11, 30, 0);

/** Null where customers do not manage keys themselves. */
export function tellManagement(source: GuideSource): GuideSection | null {
  const selfService = selfServiceOf(source);
  if (selfService === null) return null;
  const { keyspace } = source;
  const { path, keysMayManage } = selfService;
  const key = exampleKeyOf(source);
  const { record, request } = toExample(source);
  return {
    id: 'managing-keys',
    title: 'Managing keys by program',
    blocks: [
      paragraph(
        keysMayManage
          ? say`Send one of your keys, as in every other request: it manages the keys of its own organisation, itself included.`
          : say`Your account at ${providerOf(source)} makes these calls with the session of whoever is signed in there. A key cannot make them: it could give itself more than it has.`,
      ),
      json(`POST ${path}`, request),
      { kind: 'table', head: ['Field', 'Type', 'Required', 'Description'], rows: toFields(source) },
      paragraph(say`Response, ${code('201')}:`),
      json(null, toIssuedKey(record, key, keyspace)),
      paragraph(
        say`The full key is shown once only, in this response. Send an ${code('Idempotency-Key')} to repeat the call safely: the repeat does not show the key.`,
      ),
      paragraph(say`${code(`GET ${path}`)} lists your keys, newest first, never the full key:`),
      json(null, [toListedKey(record, keyspace, CREATED_AT_MS)]),
      paragraph(
        say`Revoked keys stay in the list with ${code('is_active')} false. Past 100 keys a ${code('Link')} header leads to the next page.`,
      ),
      {
        kind: 'list',
        items: [
          say`${code(`DELETE ${path}/{key_id}`)} revokes a key and answers ${code('204')}. Revocation is immediate, and repeating the call is safe.`,
          say`${code(`POST ${path}/{key_id}/recycle`)} answers ${code('200')} with a new ${code('key')} of the same name. ${tellGrace(source)}`,
        ],
      },
      paragraph(
        say`${code('prefix')} is ${code(keyspace.mask.mask(key, exampleEnvironment(source)))}, what may be shown of the key. A ${code('key_id')} that is not one of yours is ${code('404')}.`,
      ),
    ],
  };
}

function json(label: string | null, value: unknown): Block {
  return { kind: 'code', language: 'json', label, text: toReadableJson(value) };
}

/** What one create sends, and the key that comes of it. */
function toExample(source: GuideSource) {
  const { keyspace } = source;
  const environment = exampleEnvironment(source);
  const scopes =
    keyspace.definition.scopes === null ? null : Object.keys(keyspace.definition.scopes).slice(0, 2);
  const request = {
    name: NAME,
    ...(environment !== null && { environment }),
    ...(scopes !== null && { scopes: scopes.join(',') }),
  };
  const record = {
    number: 12,
    name: NAME,
    maskedKey: keyspace.mask.mask(exampleKeyOf(source), environment),
    environment,
    scopes: splitScopes(request).scopes ?? [],
    lastUsedAtMs: LAST_USED_AT_MS,
    createdAtMs: CREATED_AT_MS,
    expiresAtMs: null,
    disabledAtMs: null,
    revokedAtMs: null,
    claimUntilMs: null,
  };
  return { request, record };
}

function toFields({ keyspace }: GuideSource): readonly (readonly Text[])[] {
  const { environments, scopes, limits } = keyspace.definition;
  const field = (name: string, required: boolean, description: Text) => [
    [code(name)],
    ['string'],
    [required ? 'Yes' : 'No'],
    description,
  ];
  return [
    field('name', true, say`Human-readable label for this key`),
    ...(environments.length === 0
      ? []
      : [field('environment', environments.length > 1, listed(environments.map(code), 'or'))]),
    ...(scopes === null ? [] : [field('scopes', true, say`Comma-separated list of scopes, or an array`)]),
    field(
      'expires_at',
      limits.maxLifetimeMs !== null,
      say`When it expires, in RFC 3339: ${code('2027-05-02T10:00:00Z')}`,
    ),
  ];
}

function tellGrace({ keyspace }: GuideSource): Text {
  return keyspace.definition.recycle.maxGraceMs === 0
    ? say`The old secret stops at once.`
    : say`The old secret stops at once, or after the ${code('grace')} that you send: ${code('{"grace":"1h"}')}.`;
}
