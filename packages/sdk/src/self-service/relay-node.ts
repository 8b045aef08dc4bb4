import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { reset, sendRefusal } from '../answer/response-guard.ts';
import type { SelfServicePass } from '../request/gate.ts';
import { askNodes, fieldsOf } from './ask-node.ts';

/** Answers with what a node says, as it says it. Never rejects; frameworks may seal the response at once. */
export async function relayToNode(
  { handover, nodes, clock, unavailable }: SelfServicePass,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = {
    writeHead: response.writeHead.bind(response),
    write: response.write.bind(response),
    end: response.end.bind(response),
  };
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await askNodes(nodes, handover, request, { clock, signal: gone.signal });
  // A client that still uploads has no other way to learn that nobody reads on.
  const closing = handover.hasBody && !request.complete;
  if (answer === null) {
    sendRefusal(response, { ...unavailable(), closing }, send);
    return;
  }
  if (closing) response.shouldKeepAlive = false;
  send.writeHead(answer.statusCode ?? 0, fieldsOf(answer));
  const client = new Writable({
    write: (chunk: Buffer, _, done) => void send.write(chunk, done),
    final(done) {
      send.end();
      done();
    },
  });
  await pipeline(answer, client).catch(() => reset(request));
}
