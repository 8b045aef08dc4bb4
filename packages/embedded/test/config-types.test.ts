import type { KeyholdConfig } from '@keyhold/embedded';
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { FILE } from '../../server/src/config/configuration.ts';
import type { GATEWAY, PAGE, SELF_SERVICE, TIMEOUTS, TLS } from '../../server/src/config/gateway-fields.ts';
import type {
  CREDENTIAL,
  ERRORS,
  GUIDE,
  KEY,
  KEYSPACE,
  LIMITS,
  RECYCLE,
} from '../../server/src/config/keyspace-fields.ts';
import type { OIDC } from '../../server/src/config/oidc-section.ts';
import type { SETTINGS } from '../../server/src/config/settings-section.ts';

// What this test holds is held by the compiler.

interface Section {
  readonly fields: z.ZodObject;
  readonly sections: object;
}
type Names<S extends Section> = keyof z.input<S['fields']> | keyof S['sections'];
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Item[]
  : T extends Readonly<Record<string, (infer Item)[]>>
    ? Readonly<Record<string, readonly Item[]>>
    : T;
type Given<T> = {
  readonly [Name in keyof T]-?: unknown extends T[Name] ? unknown : Frozen<NonNullable<T[Name]>>;
};

/** As many names as the schema has, each of a type that the schema takes. */
type Same<Config, S extends Section> = [keyof Config, Names<S>] extends [Names<S>, keyof Config]
  ? Given<Pick<Config, keyof Config & keyof z.input<S['fields']>>> extends Given<z.input<S['fields']>>
    ? never
    : S
  : S;

type Keyspace = NonNullable<KeyholdConfig['keyspaces']>[string];
type Gateway = NonNullable<Keyspace['gateway']>;
type Settings = NonNullable<KeyholdConfig['settings']>;
type Part<T> = Exclude<NonNullable<T>, string>;

interface Differences {
  readonly keyspace: Same<Keyspace, typeof KEYSPACE>;
  readonly key: Same<Keyspace['key'], typeof KEY>;
  readonly credential: Same<Part<Keyspace['credential']>, typeof CREDENTIAL>;
  readonly recycle: Same<Part<Keyspace['recycle']>, typeof RECYCLE>;
  readonly limits: Same<Part<Keyspace['limits']>, typeof LIMITS>;
  readonly errors: Same<Part<Keyspace['errors']>, typeof ERRORS>;
  readonly guide: Same<Part<Keyspace['guide']>, typeof GUIDE>;
  readonly gateway: Same<Gateway, typeof GATEWAY>;
  readonly selfService: Same<Part<Gateway['self_service']>, typeof SELF_SERVICE>;
  readonly page: Same<Part<Gateway['page']>, typeof PAGE>;
  readonly tls: Same<Part<Gateway['tls']>, typeof TLS>;
  readonly timeouts: Same<Part<Gateway['timeouts']>, typeof TIMEOUTS>;
  readonly settings: Same<Settings, typeof SETTINGS>;
  readonly oidc: Same<Part<Settings['oidc']>, typeof OIDC>;
}

test('a configuration written as an object has the names and types of the file', () => {
  expectTypeOf<Differences[keyof Differences]>().toBeNever();
  expectTypeOf<keyof KeyholdConfig>().toEqualTypeOf<keyof (typeof FILE)['sections']>();
});
