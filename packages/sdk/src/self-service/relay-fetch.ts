import { Readable } from 'node:stream';
import { toResponse } from '../answer/guarded-response.ts';
import type { SelfServicePass } from '../request/gate.ts';
import { askNodes, fieldsOf } from './ask-node.ts';

/** {@link relayToNode} for runtimes of `Request` and `Response`. */
export async function fetchFromNode(
  { handover, nodes, clock, unavailable }: SelfServicePass,
  request: Request,
): Promise<Response> {
  const body = Readable.fromWeb(request.body ?? new Blob([]).stream());
  const answer = await askNodes(nodes, handover, body, { clock, signal: request.signal });
  if (answer === null) return toResponse(unavailable());
  const headers = new Headers();
  const fields = fieldsOf(answer);
  for (let i = 0; i < fields.length; i += 2) headers.append(fields[i]!, fields[i + 1]!);
  const status = answer.statusCode ?? 0;
  const hasBody = status !== 204 && request.method !== 'HEAD';
  if (!hasBody) answer.resume();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one class with two declarations
  return new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream<Uint8Array>) : null, {
    status,
    headers,
  });
}
