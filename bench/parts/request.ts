import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** A request as text, which every load here sends over and over on connections that stay. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  /** `Host` is added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @returns answers in a second. @throws when one was not 2xx, or when there is no `wrk`. */
export async function loadByWrk(options: {
  readonly origin: string;
  readonly request: LoadRequest;
  readonly connections: number;
  readonly seconds: number;
}): Promise<number> {
  const { origin, request, connections, seconds } = options;
  const script = join(tmpdir(), `keyhold-bench-${process.pid}.lua`);
  writeFileSync(script, toLua(request));
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, origin + request.path];
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const output = await text(child.stdout);
    const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
    if (perSecond === undefined || output.includes('Non-2xx')) throw new Error(`wrk says: ${output}`);
    return Number(perSecond);
  } finally {
    rmSync(script, { force: true });
  }
}

function toLua({ method, headers, body }: LoadRequest): string {
  const fields = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  return [
    `wrk.method = ${JSON.stringify(method)}`,
    ...fields,
    ...(body === '' ? [] : [`wrk.body = ${JSON.stringify(body)}`]),
  ].join('\n');
}

/** The same, one request at a time on each connection, for a Unix socket too, which `wrk` cannot speak to. */
export async function loadByNode(options: {
  readonly to: NetConnectOpts;
  readonly request: LoadRequest;
  readonly connections: number;
  readonly seconds: number;
}): Promise<number> {
  const { to, request, connections, seconds } = options;
  const bytes = toBytes(request);
  let answers = 0;
  let running = true;
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(to);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      // The answers measured here come in one piece each.
      if (chunk[9] !== 0x32 /* HTTP/1.1 2.. */) throw new Error(chunk.toString());
      answers++;
      if (running) socket.write(bytes);
    });
    return socket;
  });
  const start = performance.now();
  await delay(seconds * 1_000);
  running = false;
  const elapsedSeconds = (performance.now() - start) / 1_000;
  for (const socket of sockets) socket.destroy();
  return answers / elapsedSeconds;
}

export function toBytes({ method, path, headers, body }: LoadRequest): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from([...lines, '', body].join('\r\n'));
}
