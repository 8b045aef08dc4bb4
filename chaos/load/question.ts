import { KEYSPACE, OPERATIONS, type Scope } from '../cluster/keyspace.ts';
import type { NodeAddresses } from '../cluster/node.ts';
import type { Face, Outcome } from '../history/history.ts';
import type { RawAnswer } from './kept-alive-connection.ts';

/** May this secret do what this scope opens? */
export interface Question {
  readonly presentedKey: string;
  readonly scope: Scope;
}

/** The ways of asking that are one request and one answer. */
export type AskedFace = Exclude<Face, 'stream'>;

export function addressOf(face: AskedFace, addresses: NodeAddresses): string | null {
  return face === 'verify' || face === 'authorize' ? addresses.management : addresses.gateway;
}

/** The bytes of the request. */
export function toRequest(face: AskedFace, question: Question, operatorToken: string): string {
  const { presentedKey, scope } = question;
  const operation = OPERATIONS[scope];
  const [method, path] = operation.split(' ');
  const withKey = `Host: chaos\r\nAuthorization: Bearer ${presentedKey}\r\n`;
  switch (face) {
    case 'verify': {
      const body = JSON.stringify({ key: presentedKey, keyspace: KEYSPACE, operation });
      return `POST /v1/verify HTTP/1.1\r\nHost: chaos\r\nAuthorization: Bearer ${operatorToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    case 'authorize':
      return `GET /v1/authorize/${KEYSPACE} HTTP/1.1\r\n${withKey}X-Original-Method: ${method}\r\nX-Original-URI: ${path}\r\n\r\n`;
    case 'gateway':
    case 'application':
      return `${method} ${path} HTTP/1.1\r\n${withKey}Content-Length: 0\r\n\r\n`;
  }
}

/** What an answer says about the key. @throws when it is none that a question can have. */
export function toOutcome(face: AskedFace, answer: RawAnswer | null): Outcome {
  if (answer === null) return 'broken';
  const { status, body } = answer;
  if (status === 503) return 'unavailable';
  if (face === 'verify') {
    if (status === 200) return body.startsWith('{"valid":true') ? 'accepted' : 'refused';
  } else {
    if (status === 200) return 'accepted';
    if (status === 401 || status === 403) return 'refused';
  }
  throw new Error(`${face} answered ${status}: ${body}`);
}
