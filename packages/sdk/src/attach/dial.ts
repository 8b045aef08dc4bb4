import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { KeyholdError } from '@keyhold/core';

/** A connection to a node, ready for the protocol. */
export interface Dialled {
  readonly stream: Duplex;
  /** What came behind the node's answer already. */
  readonly head: Buffer;
  /** Whether the node takes refusals with the counts; one of before does not know them. */
  readonly takesRefusals: boolean;
}

/** The number is that of the frames and the messages in them. */
const PROTOCOL = 'keyhold-attach/1';

/** A node that takes longer is not one to stay with. */
const DIAL_MS = 5_000;

/** A node grants every second while it can; one that is this silent is gone. */
const SILENCE_MS = 5_000;

/**
 * Opens the stream to a node.
 *
 * @throws {KeyholdError} `unauthenticated`, `insufficient_scope`, `keyspace_not_found` and what else the node says;
 *   `store_unavailable` when it could not be reached.
 */
export function dial(to: {
  readonly url: URL;
  readonly token: string;
  readonly keyspaces: readonly string[];
  /** Trusted in place of what Node trusts. */
  readonly ca?: string | Uint8Array;
}): Promise<Dialled> {
  const { url, token, keyspaces, ca } = to;
  const target = new URL(`${url.pathname.replace(/\/$/, '')}/v1/attach`, url);
  for (const keyspace of keyspaces) target.searchParams.append('keyspace', keyspace);
  const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, {
    agent: false,
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
    timeout: DIAL_MS,
    headers: { Connection: 'Upgrade', Upgrade: PROTOCOL, Authorization: `Bearer ${token}` },
  });
  return answerOf(request, url);
}

function answerOf(request: ClientRequest, url: URL): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    request.once('upgrade', ({ headers }, stream, head) => {
      stream.setNoDelay(true);
      stream.setTimeout(SILENCE_MS, () => stream.destroy());
      const takesRefusals = headers['keyhold-attach-takes'] === 'refusals';
      resolve({ stream, head, takesRefusals });
    });
    request.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        if (body.length < 10_000) body += text;
      });
      response.once('close', () => reject(toRefusal(url, response.statusCode ?? 0, body)));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (cause) => {
      const message = `${url.origin} could not be reached (${cause.message}); check the address and the node.`;
      reject(new KeyholdError('store_unavailable', message, { cause }));
    });
    request.end();
  });
}

const REFUSALS = [
  'unauthenticated',
  'insufficient_scope',
  'keyspace_not_found',
  'invalid_request',
  'lease_lost',
  'shutting_down',
] as const;

/** @param body a problem (RFC 9457) when it is Keyhold's; something between may have answered in its place. */
function toRefusal(url: URL, status: number, body: string): KeyholdError {
  const code = REFUSALS.find((known) => body.includes(`"code":"${known}"`));
  const [, detail = 'no Keyhold answers there'] = /"detail":"((?:[^"\\]|\\.)*)"/.exec(body) ?? [];
  return new KeyholdError(
    code ?? 'internal',
    `${url.origin} does not attach this verifier (${status}): ${detail}`,
  );
}
