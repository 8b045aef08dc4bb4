import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

export const SYSTEMS = ['local-esim', 'esms-africa', 'localleads'] as const;
export type System = (typeof SYSTEMS)[number];

interface KeyspaceSection {
  readonly gateway: { readonly listen: string; readonly upstream: string | Readonly<Record<string, string>> };
}

/** Where each system's upstream answers, for systems that do not use the addresses of their own file. */
export type Upstreams = { readonly [system in System]?: string };

/**
 * One configuration out of the examples' own: Keyhold takes one file, and each example declares one keyspace, so their
 * `keyspaces` go side by side.
 *
 * @param upstreams null: every address stays as its file has it. Otherwise every listener takes a free port and
 *   forwards to the upstream given here.
 */
export function composeConfiguration(systems: readonly System[], upstreams: Upstreams | null): string {
  const keyspaces = systems.map((system) => {
    const file = new URL(`../${system}/keyhold.yaml`, import.meta.url);
    const document = parse(readFileSync(file, 'utf8')) as { keyspaces: Record<string, KeyspaceSection> };
    const keyspace = document.keyspaces[system];
    if (keyspace === undefined)
      throw new Error(`${file.pathname} does not declare the keyspace "${system}".`);
    return [system, upstreams === null ? keyspace : moved(keyspace, upstreams[system])];
  });
  return stringify({ keyspaces: Object.fromEntries(keyspaces) });
}

function moved(keyspace: KeyspaceSection, upstream: string | undefined): KeyspaceSection {
  if (upstream === undefined) throw new Error('A system without an upstream cannot be served.');
  const declared = keyspace.gateway.upstream;
  const everyEnvironment =
    typeof declared === 'string'
      ? upstream
      : Object.fromEntries(Object.keys(declared).map((name) => [name, upstream]));
  return { ...keyspace, gateway: { ...keyspace.gateway, listen: '127.0.0.1:0', upstream: everyEnvironment } };
}
