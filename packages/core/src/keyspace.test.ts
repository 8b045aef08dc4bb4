import { describe, expect, test } from 'vitest';
import { OPERATOR_ORGANIZATION } from './ids.ts';
import { compileKeyspace, type FormerFormat } from './keyspace.ts';
import {
  defaultKeyspaceDefinition,
  type KeyspaceDefinition,
  OPERATOR_KEYSPACE_DEFINITION,
} from './keyspace-definition.ts';
import { OPERATOR_SCOPES } from './operator-scope.ts';
import { createSeededRandom } from './testing.ts';

function compile(changes: Partial<KeyspaceDefinition>, formerFormats: readonly FormerFormat[] = []) {
  return compileKeyspace({ ...defaultKeyspaceDefinition(), ...changes }, formerFormats);
}

const random = createSeededRandom(1);

test('the default keyspace makes keys that it recognises and masks', () => {
  const keyspace = compileKeyspace(defaultKeyspaceDefinition(), []);
  const key = keyspace.format.mint('live', random);
  expect(key).toMatch(/^kh_live_[0-9A-Za-z]{49}$/);
  expect(keyspace.recognisedFormats).toEqual([keyspace.format]);
  expect(keyspace.format.recognise(key)).toEqual({ environment: 'live' });
  expect(keyspace.mask.mask(key, 'live')).toBe(`kh_live_****${key.slice(-4)}`);
  expect(keyspace.operations).toBeNull();
});

test('the default keyspace accepts both its environments, is not retired and gives no grace', () => {
  expect(defaultKeyspaceDefinition()).toMatchObject({
    environments: ['live', 'test'],
    acceptsEnvironments: ['live', 'test'],
    recycle: { maxGraceMs: 0 },
    retired: false,
  });
});

test('the operators’ keyspace has the operator scopes, and none of them opens an operation', () => {
  const keyspace = compileKeyspace(OPERATOR_KEYSPACE_DEFINITION, []);
  expect(keyspace.id).toBe('keyhold');
  expect(keyspace.format.mint(null, random)).toMatch(/^khop_[0-9A-Za-z]{49}$/);
  expect(keyspace.operations?.scopeNames).toEqual(OPERATOR_SCOPES);
  expect(keyspace.operations?.match('GET', '/v1/keys')).toBeNull();
});

test('operator tokens are limited neither in number nor in time, and recycled without a grace', () => {
  expect(OPERATOR_ORGANIZATION).toBe('keyhold');
  expect(OPERATOR_KEYSPACE_DEFINITION).toMatchObject({
    recycle: { maxGraceMs: 0 },
    limits: { activeKeysPerOrganization: null, maxLifetimeMs: null },
    retired: false,
  });
});

test('a definition survives JSON', () => {
  for (const definition of [defaultKeyspaceDefinition(), OPERATOR_KEYSPACE_DEFINITION]) {
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  }
});

describe('former formats', () => {
  const current = defaultKeyspaceDefinition().key.format;
  const former = (template: string, ...environments: readonly string[]): FormerFormat => ({
    template,
    environments,
  });

  test('stay recognised after the present and the accepted ones, each once', () => {
    const keyspace = compile(
      { key: { format: current, masked: '{last:4}', alsoAccepted: ['old_{random:hex:64}'] } },
      [
        former('older_{random:hex:40}'),
        former(current, 'live', 'test'),
        former('old_{random:hex:64}'),
        former('older_{random:hex:40}'),
      ],
    );
    expect(keyspace.recognisedFormats.map(({ template }) => template)).toEqual([
      current,
      'old_{random:hex:64}',
      'older_{random:hex:40}',
    ]);
    expect(keyspace.format.template).toBe(current);
  });

  test('that are the present one are not compiled again', () => {
    const keyspace = compile({}, [former(current, 'test', 'live'), former(current, 'live')]);
    expect(keyspace.recognisedFormats).toEqual([keyspace.format]);
    expect(keyspace.recognisedFormats[0]).toBe(keyspace.format);
  });

  test('keep the environments of their day, each once, and take on no later one', () => {
    const key = { format: 'new_{environment}_{random:base62:43}', masked: '{last:4}', alsoAccepted: [] };
    const keyspace = compile({ key, environments: ['prod'], acceptsEnvironments: ['prod'] }, [
      former(key.format, 'beta', 'prod'),
      former(current, 'live'),
      former(current, 'live', 'test'),
    ]);
    const shapes = keyspace.recognisedFormats.flatMap(({ template, shapes }) =>
      shapes.map(({ environment }) => [template, environment]),
    );
    expect(shapes).toEqual([
      [key.format, 'prod'],
      [key.format, 'beta'],
      [current, 'live'],
      [current, 'test'],
    ]);
    expect(() => keyspace.format.mint('beta', random)).toThrow(TypeError);
  });

  test('that name an environment stay recognised when the keyspace has none any more', () => {
    const issued = compile({}).format.mint('test', random);
    const key = { format: 'kh_{random:base62:43}', masked: '{last:4}', alsoAccepted: [] };
    const keyspace = compile({ key, environments: [], acceptsEnvironments: [] }, [
      former(current, 'live', 'test'),
    ]);
    const recognised = keyspace.recognisedFormats.map((format) => format.recognise(issued));
    expect(recognised).toEqual([null, { environment: 'test' }]);
  });
});

describe('keys of another format', () => {
  const imported = `old_${'0a1b'.repeat(10)}`;
  const formats = { format: 'kh_{random:base62:43}', alsoAccepted: ['old_{random:hex:40}'] };
  const maskImported = (masked: string, key = formats, former: readonly FormerFormat[] = []) => {
    const keyspace = compile({ key: { ...key, masked } }, former);
    const format = keyspace.recognisedFormats.find((each) => each.recognise(imported) !== null)!;
    return keyspace.maskOf(format).mask(imported, 'live');
  };

  test('show their own beginning where the mask is the default one', () => {
    expect(maskImported('kh_****{last:4}')).toBe('old_****0a1b');
  });

  test('show what the mask says where it is another', () => {
    expect(maskImported('…{last:2}')).toBe('…1b');
  });

  test('show nothing random when their format is a former one', () => {
    const former = [{ template: 'old_{random:hex:40}', environments: [] }];
    for (const masked of ['kh_****{last:4}', '{first:20}…']) {
      expect(maskImported(masked, { ...formats, alsoAccepted: [] }, former)).toBe('old_****');
    }
  });

  test('show the environment in which they were issued under a former one', () => {
    const template = 'old_{environment}_{random:hex:40}';
    const keyspace = compile({}, [{ template, environments: ['beta'] }]);
    const former = keyspace.recognisedFormats.find((format) => format.template === template)!;
    expect(keyspace.maskOf(former).mask(former.mint('beta', random), 'beta')).toBe('old_beta_****');
  });

  test('are masked as issued ones when they have the present format', () => {
    const { maskOf, format, mask } = compile({});
    expect(maskOf(format)).toBe(mask);
  });
});

describe('a keyspace is refused', () => {
  const key = defaultKeyspaceDefinition().key;
  test.each<[string, Partial<KeyspaceDefinition>, RegExp]>([
    ['with an environment named twice', { environments: ['live', 'live'] }, /names an environment twice/],
    [
      'that accepts an environment it does not declare',
      { acceptsEnvironments: ['prod'] },
      /does not declare it/,
    ],
    [
      'with formats that cannot be told apart',
      {
        key: {
          ...key,
          format: '{environment}{random:base36:40}',
          alsoAccepted: ['{random:base36:40}{environment}'],
        },
      },
      /cannot be told apart/,
    ],
    [
      'whose mask would show too much of an accepted key',
      { key: { ...key, masked: '{first:13}…', alsoAccepted: ['{random:hex:32}'] } },
      /112 must stay hidden/,
    ],
    ['with an id that no address can hold', { id: 'My Keys' }, /no address can hold/],
    [
      'with an environment that no header can hold',
      { environments: ['a\r\nb'], acceptsEnvironments: [], key: { ...key, format: '{random:hex:64}' } },
      /cannot name an environment/,
    ],
    ['with a header that is none', { credential: { header: 'x api key', scheme: null } }, /is no header/],
    ['with a header in upper case', { credential: { header: 'X-API-Key', scheme: null } }, /in lower case/],
    ['with a scheme that is none', { credential: { header: 'authorization', scheme: 'a b' } }, /scheme/],
    ['with an empty map of scopes', { scopes: {} }, /no scope/],
    ['with an operation that cannot be read', { scopes: { a: ['get /'] } }, /is no operation/],
    ['with a realm that cannot be quoted', { realm: '"' }, /realm/],
  ])('%s', (_, changes, message) => {
    expect(() => compile(changes)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) }),
    );
  });
});
