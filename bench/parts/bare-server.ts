import { createServer } from 'node:http';

/**
 * The limit that a face of Keyhold is held against: `node:http` reading the same request to its end and answering the same
 * bytes, and nothing else. Started with {@link BareAnswer} as JSON, a port or a path to listen on, and `shared` where the
 * kernel is to spread the connections over several of them on one port.
 */
export interface BareAnswer {
  readonly status: number;
  /** Flat, without those that Node adds by itself. */
  readonly headers: readonly string[];
  readonly body: string;
}

const { status, headers, body }: BareAnswer = JSON.parse(process.argv[2] ?? '');
const address = process.argv[3] ?? '';
const reusePort = process.argv[4] === 'shared';

createServer((request, response) => {
  const answer = () => {
    response.writeHead(status, [...headers]);
    response.end(body);
  };
  if (request.method === 'GET') return answer();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', answer);
}).listen(
  /^\d+$/.test(address) ? { host: '127.0.0.1', port: Number(address), reusePort } : { path: address },
);
