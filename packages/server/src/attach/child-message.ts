import type { ChildMessage } from '@keyhold/coherence';
import { formatClientAddress, type KeyId, parseClientAddress, REASONS, type Reason } from '@keyhold/core';
import { USAGE_OUTCOMES, type UsageBatch } from '@keyhold/store';
import { z } from 'zod';

/** What an attached verifier has counted since the last one. */
export type UsageMessage = { readonly kind: 'usage' } & Pick<UsageBatch, 'usage' | 'lastUsed' | 'refusals'>;

/** Of each list in a message: some times what a verifier sends at once, and a tenth of a second of work, about. */
const MOST_ENTRIES = 10_000;

const seq = z.int().min(0);
const acknowledgement = { ackedSeq: seq, resets: z.int().min(0) };
const keyId = z.custom<KeyId>((value) => typeof value === 'string' && /^key_[0-9A-Za-z]{1,40}$/.test(value));
const atMs = z.int().min(0);
/** What one report may count at once: many times what a process verifies in a second. */
const MOST_COUNTED = 1_000_000_000;
const count = z.int().min(1).max(MOST_COUNTED);

/** Words that somebody else's process gives; what does not look like any is not said. */
const address = z
  .string()
  .transform((value) => {
    const parsed = parseClientAddress(value);
    return parsed === null ? null : formatClientAddress(parsed);
  })
  .nullable()
  .catch(null);
const operation = z
  .string()
  .max(200)
  .regex(/^[A-Z][A-Z0-9_-]{0,31} \/\P{C}*$/u)
  .nullable()
  .catch(null);

const isReason = (value: string): value is Reason => REASONS.some((reason) => reason === value);

/** One for a reason that this node does not know is passed over. */
const refusals = z
  .array(z.strictObject({ keyId, reason: z.string().max(100), count, lastAtMs: atMs, address, operation }))
  .transform((all) => all.flatMap(({ reason, ...rest }) => (isReason(reason) ? [{ ...rest, reason }] : [])));

const message: z.ZodType<ChildMessage | UsageMessage> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('attach'),
    child: z.uuid(),
    name: z.string().max(100),
    appliedSeq: seq,
    lineage: z.string().max(200),
    protocolVersion: z.int(),
  }),
  z.strictObject({ kind: z.literal('renew'), nonce: z.int(), ...acknowledgement }),
  z.strictObject({ kind: z.literal('ack'), ...acknowledgement }),
  z.strictObject({ kind: z.literal('stopped') }),
  z.strictObject({
    kind: z.literal('usage'),
    usage: z.array(z.strictObject({ keyId, hourMs: atMs, outcome: z.enum(USAGE_OUTCOMES), count })),
    lastUsed: z.array(z.strictObject({ keyId, atMs, address: address.exactOptional() })),
    refusals: refusals.exactOptional(),
  }),
]);

/** @returns null for anything that an attached verifier does not send. */
export function readChildMessage(received: unknown): ChildMessage | UsageMessage | null {
  // Before any entry is looked at: a frame has room for a million that are none.
  if (hasLongList(received)) return null;
  const parsed = message.safeParse(received);
  return parsed.success ? parsed.data : null;
}

function hasLongList(received: unknown): boolean {
  if (typeof received !== 'object' || received === null) return false;
  return Object.values(received).some((value) => Array.isArray(value) && value.length > MOST_ENTRIES);
}
