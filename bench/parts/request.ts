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
  const { request } = options;
  const { perSecond, output } = await runWrk({ ...options, path: request.path, script: toLua(request) });
  if (output.includes('Non-2xx')) throw new Error(`wrk says: ${output}`);
  return perSecond;
}

/** Asks with one key after another of these, whatever the answers are. @returns answers in a second. */
export async function floodByWrk(options: {
  readonly origin: string;
  readonly path: string;
  readonly presentedKeys: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}): Promise<number> {
  const requests = options.presentedKeys.map((presentedKey) =>
    toLuaText(
      `GET ${options.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${presentedKey}\r\n\r\n`,
    ),
  );
  const script = `local requests = { ${requests.join(', ')} }
local next = 0
function request()
  next = next % #requests + 1
  return requests[next]
end`;
  return (await runWrk({ ...options, script })).perSecond;
}

async function runWrk(options: {
  readonly origin: string;
  readonly path: string;
  readonly script: string;
  readonly connections: number;
  readonly seconds: number;
}): Promise<{ readonly perSecond: number; readonly output: string }> {
  const { origin, path, script, connections, seconds } = options;
  const file = join(tmpdir(), `keyhold-bench-${process.pid}.lua`);
  writeFileSync(file, script);
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', file, origin + path];
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const output = await text(child.stdout);
    const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
    if (perSecond === undefined) throw new Error(`wrk says: ${output}`);
    return { perSecond: Number(perSecond), output };
  } finally {
    rmSync(file, { force: true });
  }
}

function toLua({ method, headers, body }: LoadRequest): string {
  return [
    `wrk.method = ${toLuaText(method)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `wrk.headers[${toLuaText(name)}] = ${toLuaText(value)}`,
    ),
    ...(body === '' ? [] : [`wrk.body = ${toLuaText(body)}`]),
  ].join('\n');
}

/** Lua reads the escapes that JSON writes for ASCII text. */
function toLuaText(text: string): string {
  return JSON.stringify(text);
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
