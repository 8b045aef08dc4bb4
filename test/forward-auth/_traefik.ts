import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type ClientRequest, type DocumentedProxy, exchange, type Outcome } from './_documented-proxy.ts';
import { withAddresses } from './_keyhold.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/forward-auth/traefik.yaml');
/** The address that the entry point listens on, as clients name it. */
const HOST = 'sms.example.com';

interface Middleware {
  readonly forwardAuth?: {
    readonly address: string;
    readonly authRequestHeaders: readonly string[];
    readonly authResponseHeadersRegex: string;
  };
  readonly headers?: { readonly customRequestHeaders: Readonly<Record<string, string>> };
}

interface DynamicConfiguration {
  readonly http: {
    readonly middlewares: Readonly<Record<string, Middleware>>;
    readonly routers: Readonly<Record<string, { readonly middlewares: readonly string[] }>>;
  };
}

/**
 * Traefik with the example's file, as far as its documentation says what it does.
 *
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/forwardauth/
 * @see https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/ for what an entry point does first
 */
export function createTraefik(keyholdUrl: string, router: string): DocumentedProxy {
  const file = withAddresses(readFileSync(EXAMPLE, 'utf8'), { 'http://127.0.0.1:8080': keyholdUrl });
  const { middlewares, routers } = (parse(file) as DynamicConfiguration).http;
  const chain = routers[router]!.middlewares.map((name) => middlewares[name]!);
  return {
    async receive(clientRequest) {
      const headers = enter(clientRequest);
      for (const { forwardAuth, headers: custom } of chain) {
        if (forwardAuth !== undefined) {
          const answer = await ask(forwardAuth, clientRequest, headers);
          if (answer.status < 200 || answer.status > 299) return { kind: 'denied', answer };
          const matches = new RegExp(forwardAuth.authResponseHeadersRegex);
          for (const name of headers.keys()) if (matches.test(name)) headers.delete(name);
          for (const [name, value] of Object.entries(answer.headers)) {
            if (matches.test(canonical(name))) headers.set(canonical(name), [value]);
          }
        }
        for (const [name, value] of Object.entries(custom?.customRequestHeaders ?? {})) {
          if (value === '') headers.delete(canonical(name));
          else headers.set(canonical(name), [value]);
        }
      }
      return toOutcome(headers);
    },
  };
}

type GoHeaders = Map<string, string[]>;

/** Go's spelling of a header's name, which is what Traefik's patterns see: `keyhold_KEY-id` is `Keyhold_key-Id`. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The entry point believes no X-Forwarded-… of a client that it was not told to trust, and ends what `Connection` lists. */
function enter({ headers }: ClientRequest): GoHeaders {
  const entered: GoHeaders = new Map();
  for (const [name, value] of headers) {
    entered.set(canonical(name), [...(entered.get(canonical(name)) ?? []), value]);
  }
  for (const name of entered.keys()) if (/^X[-_]Forwarded[-_]/i.test(name)) entered.delete(name);
  const listed = (entered.get('Connection') ?? []).join(',').split(',');
  for (const name of ['Connection', ...listed]) entered.delete(canonical(name.trim()));
  return entered;
}

async function ask(
  { address, authRequestHeaders }: NonNullable<Middleware['forwardAuth']>,
  { method, target, address: client }: ClientRequest,
  headers: GoHeaders,
) {
  const { origin, pathname } = new URL(address);
  const sent = authRequestHeaders
    .map(canonical)
    .flatMap((name) => (headers.get(name) ?? []).flatMap((value) => [name, value]));
  sent.push('X-Forwarded-Method', method, 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', HOST);
  sent.push('X-Forwarded-Uri', target, 'X-Forwarded-For', client, 'Host', new URL(address).host);
  return exchange(origin, { method: 'GET', path: pathname, headers: sent });
}

function toOutcome(headers: GoHeaders): Outcome {
  const entries = [...headers].map(([name, values]) => [name.toLowerCase(), values.join(', ')] as const);
  return { kind: 'forwarded', headers: new Map(entries) };
}
