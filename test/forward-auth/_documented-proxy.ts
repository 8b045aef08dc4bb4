import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from '../_http.ts';

/** A client's request as a proxy receives it. */
export interface ClientRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  /** Where the connection comes from. */
  readonly address: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a proxy does with it. */
export type Outcome =
  | { readonly kind: 'denied'; readonly answer: Answer }
  /** It goes to the API with these headers; names in lower case. */
  | { readonly kind: 'forwarded'; readonly headers: ReadonlyMap<string, string> };

/** A proxy that cannot be run here: it does with a request what its documentation says, and asks the real Keyhold. */
export interface DocumentedProxy {
  receive(clientRequest: ClientRequest): Promise<Outcome>;
}

/** One exchange with a path that stays as it is, where a URL would be put in order. Rejects when it breaks off. */
export async function exchange(
  origin: string,
  asking: { readonly method: string; readonly path: string; readonly headers: readonly string[] },
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const { method, path, headers } = asking;
  const outgoing = request({ hostname, port, method, path, headers, agent: false });
  outgoing.end();
  const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
  const received = await text(message);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers as Record<string, string>,
    text: received,
    body: undefined,
  };
}
