import { OPERATIONS, type Operation } from '@keyhold/api';
import { passTimeUntil } from '@keyhold/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './_target.ts';
import { type Address, ask, connect, exchange, request, type WireAnswer } from './_wire.ts';

// Every operation that reads JSON, out of the table that the server routes by, and bodies that are none.

let target: Target;
let portalToken: string;
let consoleCookie: string;
let headSeq: number;

beforeAll(async () => {
  target = await startTarget();
  portalToken = await target.portalToken('scoped', 'acme');
  consoleCookie = await target.openConsole();
  headSeq = await createProbe('before');
});
afterAll(() => target?.stop());

/** The change log's head after one change more. */
async function createProbe(id: string): Promise<number> {
  const answer = await target.operator('POST', '/v1/organizations', { id, name: id });
  return (answer.body as { seq: number }).seq;
}

const READS_JSON = Object.entries<Operation>(OPERATIONS).filter(
  ([, { body }]) => body?.mediaType === 'application/json',
);

interface Sending {
  readonly type?: string | null;
  readonly headers?: readonly string[];
  /** Bytes as Latin-1. */
  readonly body: string;
}

function addressOf({ face }: Operation): Address {
  return face === 'self_service' ? target.gateways.scoped : target.management;
}

function bytes(operation: Operation, { type = 'application/json', headers = [], body }: Sending): string {
  const isSelfService = operation.face === 'self_service';
  const isConsole = operation.face === 'console' || operation.face === 'console_door';
  const path = (isSelfService ? '/keys' : '') + operation.path.replace('{id}', isSelfService ? '1' : 'acme');
  const lines = [
    `${operation.method} ${path} HTTP/1.1`,
    'Host: keyhold.test',
    ...(isConsole
      ? [`Cookie: ${consoleCookie}`, 'Keyhold-Console: 1']
      : [`Authorization: Bearer ${isSelfService ? portalToken : target.token}`]),
    ...(type === null ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${body.length}`,
    ...headers,
    'Connection: close',
  ];
  return request(lines, body);
}

const send = (operation: Operation, sending: Sending) => ask(addressOf(operation), bytes(operation, sending));

function expectProblem(answer: WireAnswer, status: number, code: string, body: string): void {
  const told = JSON.parse(answer.body) as { status: number; code: string };
  expect({ status: answer.status, code: told.code }, JSON.stringify(body.slice(0, 80))).toEqual({
    status,
    code,
  });
  expect(answer.header('content-type')).toBe('application/problem+json');
}

const NOT_JSON = [
  '\u00ef\u00bb\u00bf{}',
  '{"name":NaN}',
  '{"name":Infinity}',
  '{"name":"a",}',
  '{"name":"a","name":"b"}',
  '{"name":"a","n\\u0061me":"b"}',
  '{"a":{"b":1,"b":2}}',
  "{'name':'a'}",
  '{name:"a"}',
  '{}{}',
  '{} x',
  '{"name":"a"',
  '{"name":"\n"}',
  '{"name":"\\x41"}',
  '{"name":01}',
  '{"name":+1}',
  '{"name":.5}',
  '{/* */}',
  '{"name":"\u00c3\u0028"}',
  '{"name":"\u00ed\u00a0\u0080"}',
  '\u00ff\u00fe{\u0000}\u0000',
  '\u0000',
  'name=a',
  `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`,
  '['.repeat(17) + ']'.repeat(17),
  '['.repeat(60_000),
  '{"a":'.repeat(10_000),
];

describe.each(READS_JSON)('%s', (_, operation) => {
  test('answers 400 to what is not one strict JSON document', async () => {
    for (const body of NOT_JSON) expectProblem(await send(operation, { body }), 400, 'invalid_json', body);
  });

  test('answers 400 to a field that could reach a prototype, at every depth', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype', '__pr\\u006fto__']) {
      for (const body of [`{"${name}":{"admin":true}}`, `{"metadata":{"a":[{"${name}":1}]}}`]) {
        expectProblem(await send(operation, { body }), 400, 'unknown_field', body);
      }
    }
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  test('answers 400 to a field that it does not know, with its pointer', async () => {
    const example: unknown = operation.body?.schema.meta()?.['examples'];
    const [good] = Array.isArray(example) ? example : [];
    for (const name of ['is_admin', 'toString', 'hasOwnProperty', '', 'a/b~c', 'Name', 'name ']) {
      const body = JSON.stringify({ ...(good as object), [name]: true });
      const answer = await send(operation, { body });
      expectProblem(answer, 400, 'unknown_field', body);
      const pointer = `/${name.replace('~', '~0').replace('/', '~1')}`;
      expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ pointer }] });
    }
  });

  test('answers 422 to a document that is no object', async () => {
    for (const body of ['null', '[]', '"{}"', '1', 'true', '[{"name":"a"}]']) {
      expectProblem(await send(operation, { body }), 422, 'validation_failed', body);
    }
  });

  test('answers 415 to every other media type, and to a coded body', async () => {
    for (const type of [
      null,
      'text/plain',
      'text/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      'application/json; charset=latin1',
      'application/json; charset=utf-8; charset=utf-16',
      'application/json, text/plain',
      'application/jsonx',
      'application/json-patch+json',
    ]) {
      const answer = await send(operation, { type, body: '{}' });
      expectProblem(answer, 415, 'unsupported_media_type', String(type));
    }
    const coded = await send(operation, { headers: ['Content-Encoding: gzip'], body: '{}' });
    expectProblem(coded, 415, 'unsupported_media_type', 'gzip');
  });

  test('answers 413 to a body past its limit before it is read, declared or not', async () => {
    const maxBytes = operation.body?.maxBytes ?? 0;
    // Declared, and never sent.
    const declared = bytes(operation, { body: '' }).replace(
      'Content-Length: 0',
      `Content-Length: ${maxBytes + 1}`,
    );
    expectProblem(await ask(addressOf(operation), declared), 413, 'body_too_large', 'declared');

    const connection = await connect(addressOf(operation));
    connection.write(
      bytes(operation, { body: '' }).replace('Content-Length: 0', 'Transfer-Encoding: chunked'),
    );
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent <= maxBytes; sent += 65_536) connection.write(chunk);
    const answer = await connection.answer();
    if (answer === null) throw new Error('There was no answer.');
    expectProblem(answer, 413, 'body_too_large', 'not declared');
    expect(answer.header('connection')).toBe('close');
    connection.socket.destroy();
  });
});

test('a body that stops arriving is 408 where the server waits for it, and ends the connection', async () => {
  for (const operation of [OPERATIONS.issueKey, OPERATIONS.selfServiceIssueKey]) {
    const connection = await connect(addressOf(operation));
    connection.write(
      bytes(operation, { body: '{"name":' }).replace('Content-Length: 8', 'Content-Length: 80'),
    );
    const answer = await passTimeUntil(connection.answer(), target.clock, 10_000, () =>
      target.operator('GET', '/healthz'),
    );
    if (answer === null) throw new Error('There was no answer.');
    expectProblem(answer, 408, 'request_timeout', '');
    await connection.end();
  }
});

test('a body that ends before its announced length does nothing', async () => {
  for (const operation of [OPERATIONS.issueKey, OPERATIONS.selfServiceIssueKey, OPERATIONS.verify]) {
    const connection = await connect(addressOf(operation));
    const whole = bytes(operation, { body: JSON.stringify({ name: 'cut short' }) });
    connection.socket.end(Buffer.from(whole.slice(0, -1), 'latin1'));
    for (const { status } of (await connection.end()).answers) expect(status).toBeGreaterThanOrEqual(400);
  }
});

test('none of it was written', async () => {
  expect(await createProbe('after')).toBe(headSeq + 1);
  const { answers } = await exchange(
    target.management,
    request([
      'GET /v1/keys HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${target.token}`,
      'Connection: close',
    ]),
  );
  expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ data: [] });
});
