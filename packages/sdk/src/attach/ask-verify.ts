import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Clock, Reason } from '@keyhold/core';
import type { KeyQuestion, KeyVerification, NodeAddress } from '../keyhold-verifier.ts';
import { askNodes } from '../self-service/ask-node.ts';

/** What a caller waits for at the most, over all nodes; its own client waits too. */
const ASK_MS = 3_000;

/** What `POST /v1/verify` answers. */
type VerifyAnswer =
  | {
      readonly valid: true;
      readonly key_id: string;
      readonly keyspace: string;
      readonly organization: string;
      readonly environment: string | null;
      readonly scopes: readonly string[];
      readonly name: string;
      readonly expires_at: string | null;
    }
  | { readonly valid: false; readonly reason: Reason };

/**
 * Has a node decide about a key, the next one if one does not. Nothing of the answer is kept.
 *
 * @param options.keyspaces a key of another one is unknown, as it is to this process.
 * @returns null when none decided in time.
 */
export async function askVerify(
  { presentedKey, question }: { readonly presentedKey: string; readonly question: KeyQuestion },
  options: {
    readonly nodes: readonly NodeAddress[];
    readonly token: string;
    readonly keyspaces: readonly string[];
    readonly clock: Clock;
  },
): Promise<KeyVerification | null> {
  const { nodes, token, keyspaces, clock } = options;
  const { keyspace, operation, scopes, clientIp, minSeq } = question;
  const body = JSON.stringify({
    key: presentedKey,
    keyspace,
    operation,
    scopes,
    client_ip: clientIp,
    min_seq: minSeq,
  });
  const handover = {
    method: 'POST',
    target: '/v1/verify',
    headers: {
      authorization: [`Bearer ${token}`],
      'content-type': ['application/json'],
      'content-length': [String(Buffer.byteLength(body))],
    },
    hasBody: true,
  };
  const late = new AbortController();
  const cancel = clock.setTimer(ASK_MS, () => late.abort());
  try {
    for (const node of nodes) {
      const { signal } = late;
      const answer = await askNodes([node], handover, Readable.from([body]), { clock, signal });
      const verification = answer === null ? null : await readAnswer(answer, keyspaces);
      if (verification !== null) return verification;
    }
  } finally {
    cancel();
  }
  return null;
}

async function readAnswer(
  answer: IncomingMessage,
  keyspaces: readonly string[],
): Promise<KeyVerification | null> {
  try {
    const received = await text(answer);
    return answer.statusCode === 200 ? toVerification(JSON.parse(received), keyspaces) : null;
  } catch {
    // It broke off, or is none of Keyhold's.
    return null;
  }
}

function toVerification(answer: VerifyAnswer, keyspaces: readonly string[]): KeyVerification {
  if (!answer.valid) return { valid: false, reason: answer.reason };
  if (!keyspaces.includes(answer.keyspace)) return { valid: false, reason: 'unknown' };
  return {
    valid: true,
    keyId: answer.key_id,
    keyspace: answer.keyspace,
    organization: answer.organization,
    environment: answer.environment,
    scopes: answer.scopes,
    name: answer.name,
    expiresAt: answer.expires_at === null ? null : new Date(answer.expires_at),
  };
}
