import { compileOperationTable, exampleKey } from '@keyhold/core';
import { code, type GuideSection, listed, paragraph, say, type Text } from '../guide-document.ts';
import type { GuideSource } from '../guide-source.ts';

/** Null for a keyspace without scopes: every path is open there. */
export function tellScopes({ keyspace }: GuideSource): GuideSection | null {
  const { scopes } = keyspace.definition;
  if (scopes === null) return null;
  const example = findRefusal(scopes);
  return {
    id: 'scopes',
    title: 'Scopes',
    blocks: [
      paragraph(say`A scope opens the operations listed beside it, and a key opens those of its scopes.`),
      {
        kind: 'table',
        head: ['Scope', 'Allowed operations'],
        rows: Object.entries(scopes).map(([scope, operations]) => [
          [code(scope)],
          operations.length === 0
            ? ['none']
            : operations.flatMap((operation, i): Text => [...(i === 0 ? [] : [', ']), code(operation)]),
        ]),
      },
      paragraph(
        say`Request only the scopes your integration needs. ${
          example === null
            ? ''
            : say`A key with only the scope ${code(example.scope)} cannot call ${code(example.operation)}. `
        }An operation that none of a key's scopes lists is answered with 403, ${code('HEAD')} like ${code('GET')}.`,
      ),
    ],
  };
}

/** An operation of the first scope that can tell it, and another scope that does not open it. */
function findRefusal(scopes: { readonly [scope: string]: readonly string[] }) {
  const table = compileOperationTable(scopes);
  for (const operation of Object.values(scopes).flat()) {
    const [method = '', path = ''] = operation.split(' ');
    const opening = table.match(method, path);
    const scope = table.scopeNames.find((name) =>
      table.toWords([name]).every((word, i) => (word & (opening?.[i] ?? 0)) === 0),
    );
    if (scope !== undefined) return { operation, scope };
  }
  return null;
}

interface Column {
  readonly title: string;
  readonly show: (environment: string) => Text;
}

/** Null for a keyspace whose keys have no environment. */
export function tellEnvironments({ guide, keyspace }: GuideSource): GuideSection | null {
  const { environments, acceptsEnvironments } = keyspace.definition;
  if (environments.length === 0) return null;
  const refused = environments.filter((name) => !acceptsEnvironments.includes(name));
  const columns: readonly Column[] = [
    { title: 'Environment', show: (name) => [code(name)] },
    ...(Object.keys(guide.environments).length === 0
      ? []
      : [{ title: 'For', show: (name: string) => [guide.environments[name] ?? '–'] }]),
    ...(refused.length === 0
      ? []
      : [{ title: 'Accepted here', show: (name: string) => [refused.includes(name) ? 'no' : 'yes'] }]),
    ...(keyspace.format.hasEnvironment
      ? [{ title: 'Example', show: (name: string) => [code(exampleKey(keyspace.format, name))] }]
      : []),
  ];
  return {
    id: 'environments',
    title: 'Environments',
    blocks: [
      paragraph(
        keyspace.format.hasEnvironment
          ? say`A key is for one environment, and says in its text for which.`
          : say`A key is for one environment. Its text does not say for which: keep the keys apart by their names.`,
      ),
      {
        kind: 'table',
        head: columns.map(({ title }) => title),
        rows: environments.map((name) => columns.map(({ show }) => show(name))),
      },
      ...(refused.length === 0
        ? []
        : [
            paragraph(
              say`This is ${listed(acceptsEnvironments.map(code), 'and')}: a ${listed(refused.map(code), 'or')} key gets the same 401 here as any other key that is not accepted.`,
            ),
          ]),
    ],
  };
}
