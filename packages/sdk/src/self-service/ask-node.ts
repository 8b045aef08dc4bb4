import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Clock } from '@keyhold/core';
import type { NodeAddress } from '../keyhold-verifier.ts';
import type { Handover } from './handover.ts';

/** Another node is asked when one takes longer to connect. */
const CONNECT_MS = 5_000;

/** A node waits for every other before a revocation returns; one that is silent for longer will not answer. */
const SILENCE_MS = 30_000;

/**
 * Asks the nodes in turn until one takes the request; from then on nobody else is asked, since it may have been carried out.
 *
 * @param body read only when there is one, and not before a node has been reached.
 * @param signal the client is gone.
 * @returns the head of the answer, its body to be read; null: there is none.
 */
export async function askNodes(
  nodes: readonly NodeAddress[],
  handover: Handover,
  body: Readable,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<IncomingMessage | null> {
  for (const node of nodes) {
    if (signal.aborted) return null;
    const outgoing = await connect(node, handover, clock, signal);
    if (outgoing !== null) return await answerOf(outgoing, handover.hasBody ? body : null);
  }
  return null;
}

/** A connection of its own: these requests are rare, and a kept one may have been closed meanwhile. */
function connect(
  node: NodeAddress,
  { method, target, headers }: Handover,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClientRequest | null> {
  const url = new URL(node.url.pathname.replace(/\/$/, '') + target, node.url);
  const outgoing = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]])),
    agent: false,
    ...(node.ca !== undefined && { ca: Buffer.from(node.ca) }),
    timeout: SILENCE_MS,
    signal,
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
  return new Promise((resolve) => {
    const cancel = clock.setTimer(CONNECT_MS, () => outgoing.destroy(new Error('no connection in time')));
    const settle = (reached: ClientRequest | null) => {
      cancel();
      resolve(reached);
    };
    outgoing.on('error', () => settle(null));
    outgoing.once('socket', (socket) => {
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => settle(outgoing));
    });
  });
}

function answerOf(outgoing: ClientRequest, body: Readable | null): Promise<IncomingMessage | null> {
  return new Promise((resolve) => {
    outgoing.once('response', resolve);
    outgoing.on('error', () => resolve(null));
    if (body === null) outgoing.end();
    else body.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
  });
}

/** What belongs to the connection to the node, or is written by the server that answers the client. */
const NOT_RELAYED: ReadonlySet<string> = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

/** The fields of a node's answer for the client, flat. */
export function fieldsOf({ rawHeaders }: IncomingMessage): string[] {
  const fields: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!NOT_RELAYED.has(rawHeaders[i]!.toLowerCase())) fields.push(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  return fields;
}
