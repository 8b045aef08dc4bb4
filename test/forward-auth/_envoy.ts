import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Answer } from '../_http.ts';
import { type ClientRequest, type DocumentedProxy, exchange } from './_documented-proxy.ts';
import { withAddresses } from './_keyhold.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/forward-auth/envoy.yaml');
/** What Envoy takes for its own address, and adds to X-Forwarded-For whenever it asks on its own behalf. */
export const ENVOY_ADDRESS = '10.11.12.13';

interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
}
interface StringMatchers {
  readonly patterns: readonly StringMatcher[];
}
interface ExtAuthz {
  readonly allowed_headers: StringMatchers;
  readonly status_on_error: { readonly code: 'ServiceUnavailable' };
  readonly http_service: {
    readonly server_uri: { readonly uri: string };
    readonly path_prefix: string;
    readonly authorization_response: { readonly allowed_upstream_headers: StringMatchers };
  };
}
interface HeaderMutation {
  readonly mutations: {
    readonly request_mutations: readonly {
      readonly remove_on_match: { readonly key_matcher: StringMatcher };
    }[];
  };
}

interface Filter<Configuration> {
  readonly name: string;
  readonly typed_config: Configuration;
}
interface ConnectionManager {
  readonly http_filters: readonly [Filter<HeaderMutation>, Filter<ExtAuthz>];
  readonly route_config: { readonly request_headers_to_remove: readonly string[] };
}
interface Bootstrap {
  readonly static_resources: {
    readonly listeners: readonly [
      { readonly filter_chains: readonly [{ readonly filters: readonly [Filter<ConnectionManager>] }] },
    ];
  };
}

/**
 * Envoy with the example's file, as far as its documentation says what it does.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/ext_authz/v3/ext_authz.proto
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers for X-Forwarded-For
 */
export function createEnvoy(keyholdUrl: string): DocumentedProxy {
  const file = withAddresses(readFileSync(EXAMPLE, 'utf8'), { 'http://127.0.0.1:8080': keyholdUrl });
  const manager = (parse(file) as Bootstrap).static_resources.listeners[0].filter_chains[0].filters[0]
    .typed_config;
  const [headerMutation, extAuthz] = manager.http_filters;
  if (headerMutation.name !== 'envoy.filters.http.header_mutation')
    throw new Error('ext_authz comes too early.');
  const removedByRoute = manager.route_config.request_headers_to_remove;
  return {
    async receive(clientRequest) {
      const headers = enter(clientRequest);
      for (const { remove_on_match: rule } of headerMutation.typed_config.mutations.request_mutations) {
        for (const name of headers.keys()) if (matches([rule.key_matcher], name)) headers.delete(name);
      }
      const answer = await ask(extAuthz.typed_config, clientRequest, headers);
      if (answer.status !== 200) return { kind: 'denied', answer };
      const { patterns } = extAuthz.typed_config.http_service.authorization_response.allowed_upstream_headers;
      for (const [name, value] of Object.entries(answer.headers)) {
        if (matches(patterns, name)) headers.set(name, value);
      }
      for (const name of removedByRoute) headers.delete(name);
      return { kind: 'forwarded', headers };
    },
  };
}

function matches(patterns: readonly StringMatcher[], name: string): boolean {
  return patterns.some(
    ({ exact, prefix }) => name === exact || (prefix !== undefined && name.startsWith(prefix)),
  );
}

/** `use_remote_address`: the connection's address goes to the end of X-Forwarded-For. */
function enter({ headers, address }: ClientRequest): Map<string, string> {
  const entered = new Map<string, string>();
  const add = (name: string, value: string) => {
    const before = entered.get(name);
    entered.set(name, before === undefined ? value : `${before},${value}`);
  };
  for (const [name, value] of headers) add(name.toLowerCase(), value);
  add('x-forwarded-for', address);
  return entered;
}

/** Same method, the path behind the prefix, no body; an answer of 5xx, or none, is an error. */
async function ask(
  { http_service: service, allowed_headers: allowed, status_on_error: onError }: ExtAuthz,
  { method, target }: ClientRequest,
  headers: ReadonlyMap<string, string>,
): Promise<Answer> {
  const sent = ['Host', 'sms.example.com', 'Content-Length', '0'];
  for (const [name, value] of headers) {
    if (name === 'x-forwarded-for') continue;
    if (name === 'authorization' || matches(allowed.patterns, name)) sent.push(name, value);
  }
  const known = matches(allowed.patterns, 'x-forwarded-for') ? `${headers.get('x-forwarded-for')},` : '';
  sent.push('x-forwarded-for', `${known}${ENVOY_ADDRESS}`);
  const path = service.path_prefix + target;
  const failed: Answer = {
    status: onError.code === 'ServiceUnavailable' ? 503 : 403,
    headers: {},
    text: '',
    body: undefined,
  };
  try {
    const answer = await exchange(service.server_uri.uri, { method, path, headers: sent });
    return answer.status >= 500 ? failed : answer;
  } catch {
    return failed;
  }
}
