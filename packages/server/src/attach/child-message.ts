import type { ChildMessage } from '@keyhold/coherence';
import type { KeyId } from '@keyhold/core';
import { USAGE_OUTCOMES, type UsageBatch } from '@keyhold/store';
import { z } from 'zod';

/** What an attached verifier has counted since the last one. */
export type UsageMessage = { readonly kind: 'usage' } & Pick<UsageBatch, 'usage' | 'lastUsed'>;

const seq = z.int().min(0);
const keyId = z.custom<KeyId>((value) => typeof value === 'string' && /^key_[0-9A-Za-z]{1,40}$/.test(value));
const atMs = z.int().min(0);

const message: z.ZodType<ChildMessage | UsageMessage> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('attach'),
    child: z.uuid(),
    name: z.string().max(100),
    appliedSeq: seq,
    lineage: z.string().max(200),
    protocolVersion: z.int(),
  }),
  z.strictObject({ kind: z.literal('renew'), nonce: z.int(), ackedSeq: seq }),
  z.strictObject({ kind: z.literal('ack'), ackedSeq: seq }),
  z.strictObject({ kind: z.literal('stopped') }),
  z.strictObject({
    kind: z.literal('usage'),
    usage: z.array(
      z.strictObject({ keyId, hourMs: atMs, outcome: z.enum(USAGE_OUTCOMES), count: z.int().min(1) }),
    ),
    lastUsed: z.array(z.strictObject({ keyId, atMs })),
  }),
]);

/** @returns null for anything that an attached verifier does not send. */
export function readChildMessage(received: unknown): ChildMessage | UsageMessage | null {
  const parsed = message.safeParse(received);
  return parsed.success ? parsed.data : null;
}
