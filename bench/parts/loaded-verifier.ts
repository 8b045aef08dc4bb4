import { createReplica, createSoleOwner, createVerifier, type VerifyQuestion } from '@keyhold/coherence';
import { bytesToKeyId, compileKeyspace, defaultKeyspaceDefinition, digestKey } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { createSystemClock } from '@keyhold/server';
import { EMPTY_LOG } from '../empty-log.ts';

/** A verifier over a table of `keyCount` good keys of ten organizations, and what to ask it. */
export function createLoadedVerifier(keyCount: number) {
  const clock = createSystemClock();
  const randomBytes = createSeededRandom(1);
  const definition = defaultKeyspaceDefinition();
  const { format } = compileKeyspace(definition, []);
  const replica = createReplica({ clock });
  replica.load({ kind: 'configuration', keyspaces: [{ definition, formerFormats: [] }] });
  // Flat, as a text read from a socket is; a minted one is still a chain of its parts.
  const mint = () => Buffer.from(format.mint('live', randomBytes)).toString('latin1');
  const texts = Array.from({ length: keyCount }, mint);
  const keys = texts.map((text, i) => ({
    id: bytesToKeyId(randomBytes(16)),
    keyspace: definition.id,
    number: i + 1,
    organization: `org_${i % 10}`,
    environment: 'live',
    scopes: [],
    name: `Key number ${i + 1}`,
    expiresAtMs: null,
    allowedCidrs: [],
    revoked: false,
    disabled: false,
    secrets: [{ digest: digestKey(text).toString('hex'), generation: 1, notAfterMs: null }],
  }));
  replica.load({ kind: 'keys', keys });
  replica.seal(1);
  const { lease } = createSoleOwner({ replica, log: EMPTY_LOG, clock });
  const verifier = createVerifier({ replica, lease });
  const keyspace = verifier.keyspace(definition.id) ?? null;
  const question: VerifyQuestion = { keyspace, operation: null, scopes: null, address: null };
  return { verifier, question, texts };
}
