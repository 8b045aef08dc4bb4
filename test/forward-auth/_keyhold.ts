import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { composeConfiguration } from '../../examples/demo/configuration.ts';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import { type Answer, type CallOptions, call } from '../_http.ts';
import { type RecordedRequest, type Recorder, startRecorder, tellBack } from '../_recorder.ts';

/** Keyhold with eSMS Africa and LocalLeads, as a proxy finds it. */
export interface Asked {
  readonly keyhold: Keyhold;
  /** Where `--authorize-socket` listens. */
  readonly socketPath: string;
  /** For files and sockets of the test; goes with {@link stop}. */
  readonly directory: string;
  /** The API behind the proxy: tells back what reaches it, or answers with the status that `X-Answer` asks for. */
  readonly api: Recorder;
  /** A new key of eSMS Africa, of an organization of its own. */
  issueEsms(fields?: object): Promise<IssuedKey>;
  /** A new key of LocalLeads, of an organization of its own. */
  issueLeads(fields?: object): Promise<IssuedKey>;
  /** What Keyhold itself answers to whoever asks it about this request. */
  ask(keyspace: string, method: string, uri: string, options: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

/** @param options.trustedProxies address ranges of proxies on other machines */
export async function startAsked(
  options: { readonly trustedProxies?: readonly string[] } = {},
): Promise<Asked> {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-proxy-'));
  const socketPath = join(directory, 'authorize.sock');
  const api = await startRecorder(answerAsApi);
  const upstreams = { 'esms-africa': api.url, localleads: api.url };
  const configuration = composeConfiguration(['esms-africa', 'localleads'], upstreams);
  const settings = { authorize_socket: socketPath, trusted_proxies: options.trustedProxies ?? [] };
  const keyhold = await startKeyhold(configuration + stringify({ settings }));

  let organizations = 0;
  async function issue(request: object): Promise<IssuedKey> {
    const organization = `customer-${++organizations}`;
    await keyhold.createOrganization(organization);
    return keyhold.issue({ organization, name: 'Production server', ...request });
  }
  return {
    keyhold,
    socketPath,
    directory,
    api,
    issueEsms: (fields = {}) =>
      issue({ keyspace: 'esms-africa', environment: 'live', scopes: ['send', 'query'], ...fields }),
    issueLeads: (fields = {}) => issue({ keyspace: 'localleads', ...fields }),
    ask(keyspace, method, uri, { headers, ...options }) {
      const told = { 'x-original-method': method, 'x-original-uri': uri, ...headers };
      return call('GET', `${keyhold.url}/v1/authorize/${keyspace}`, { ...options, headers: told });
    },
    async stop() {
      await keyhold.stop();
      await api.close();
      await rm(directory, { recursive: true });
    },
  };
}

function answerAsApi(request: RecordedRequest): void {
  const wanted = request.headers['x-answer'];
  if (typeof wanted !== 'string') tellBack(request);
  else request.response.writeHead(Number(wanted), { 'www-authenticate': 'Api' }).end("the API's own");
}

/** Headers that belong to the answer's way and not to its meaning. */
const OF_THE_WAY = ['connection', 'date', 'keep-alive', 'keyhold-request-id', 'server'];

/** Expects that a client gets Keyhold's own denial: status, headers and every byte of the body. */
export function expectDenial(answer: Answer, asked: Answer): void {
  const meaning = ({ status, headers, text }: Answer) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_WAY.includes(name))),
    text,
  });
  expect(meaning(answer)).toEqual(meaning(asked));
  expect(answer.headers['keyhold-request-id']).toMatch(/^[0-9a-f-]{36}$/);
}

/** An example's text with its addresses replaced by those of the test; every one must be there. */
export function withAddresses(text: string, addresses: Readonly<Record<string, string>>): string {
  let moved = text;
  for (const [printed, real] of Object.entries(addresses)) {
    expect(moved).toContain(printed);
    moved = moved.replaceAll(printed, real);
  }
  return moved;
}
