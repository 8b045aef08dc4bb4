import type { IncomingMessage, ServerResponse } from 'node:http';
import { STREAM_PATH } from './keyspace.ts';

const PIECE_INTERVAL_MS = 40;

/**
 * What stands behind the keys: the stream sends the time every {@link PIECE_INTERVAL_MS} for as long as anybody reads,
 * everything else is answered at once.
 */
export function createAnswers(): (request: IncomingMessage, response: ServerResponse) => void {
  const streams = new Set<ServerResponse>();
  setInterval(() => {
    const piece = `${process.hrtime.bigint()}\n`;
    for (const stream of streams) {
      // Nothing waits here: a piece that was kept back would be older than it says when it is sent.
      if (!stream.writableNeedDrain) stream.write(piece);
    }
  }, PIECE_INTERVAL_MS);
  return (request, response) => {
    request.resume();
    if (request.url !== STREAM_PATH) {
      response.end('ok');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    streams.add(response);
    response.once('close', () => streams.delete(response));
  };
}
