import { exampleKey, type Keyspace } from '@keyhold/core';
import type { GuideDefinition } from './guide-definition.ts';

/** Everything a guide is made from. */
export interface GuideSource {
  readonly guide: GuideDefinition;
  readonly keyspace: Keyspace;
  /** Where customers call the API, without a slash at the end; null: not known. */
  readonly address: string | null;
}

/** What stands where the address is not known. */
export const UNKNOWN_ADDRESS = 'https://api.example.com';

/** Whoever issues the keys, as customers know them. */
export function providerOf({ guide, keyspace }: GuideSource): string {
  return keyspace.definition.title ?? guide.title;
}

export function selfServiceOf({ keyspace }: GuideSource) {
  return keyspace.definition.gateway?.selfService ?? null;
}

/** The environment that examples are of: the first whose keys are accepted; null where keys have none. */
export function exampleEnvironment({ keyspace }: GuideSource): string | null {
  return keyspace.definition.acceptsEnvironments[0] ?? null;
}

/** A key to show: of the right shape, and nobody's. */
export function exampleKeyOf(source: GuideSource): string {
  return exampleKey(source.keyspace.format, exampleEnvironment(source));
}

/** The header's name as people write it: `Authorization`, `X-Api-Key`. */
export function headerNameOf({ keyspace }: GuideSource): string {
  return keyspace.definition.credential.header.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** What stands in that header, given what stands for the key. */
export function credentialValue({ keyspace }: GuideSource, key: string): string {
  const { scheme } = keyspace.definition.credential;
  return scheme === null ? key : `${scheme} ${key}`;
}
