import { type JsonObject, type KeyspaceDefinition, type Operation, parseOperation } from '@keyhold/core';

/** What the guide of one keyspace says that the keyspace itself does not know, with every default filled in. */
export interface GuideDefinition {
  readonly keyspace: string;
  /** Served to anyone. */
  readonly isPublic: boolean;
  /** What the API is called. */
  readonly title: string;
  /** The environment variable that the examples read the key from. */
  readonly variable: string;
  readonly example: ExampleCall;
  /** Where customers find their keys, in words; null: not told. */
  readonly keysPage: string | null;
  /** What environments are for, in words; those not told are absent. */
  readonly environments: { readonly [environment: string]: string };
}

/** The call that every example makes. */
export interface ExampleCall {
  readonly method: string;
  /** Can be asked for as it stands. */
  readonly path: string;
  readonly body: JsonObject | null;
}

export function defaultGuide(keyspace: KeyspaceDefinition): GuideDefinition {
  const { id, title } = keyspace;
  return {
    keyspace: id,
    isPublic: false,
    title: title ?? id,
    variable: toVariableName(id),
    example: findExample(keyspace),
    keysPage: null,
    environments: {},
  };
}

/** `esms-africa` → `ESMS_AFRICA_API_KEY`; a name that begins with a digit is none. */
function toVariableName(id: string): string {
  return `${id
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/^(?=\d)/, '_')}_API_KEY`;
}

/** Reads what is there and needs nothing to be known, where there is such an operation. */
function findExample({ scopes }: KeyspaceDefinition): ExampleCall {
  const operations = Object.values(scopes ?? {})
    .flat()
    .map(parseOperation);
  const isWhole = ({ segments }: Operation) => !segments.includes(null);
  const { method, path } = operations.find((one) => one.method === 'GET' && isWhole(one)) ??
    operations.find(isWhole) ??
    operations[0] ?? { method: 'GET', path: '/' };
  return { method, path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase()), body: null };
}
