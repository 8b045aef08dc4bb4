import { firstReason, type KeyFormat, KeyholdError, MAX_KEY_LENGTH, type Reason } from '@keyhold/core';
import type { Lease } from './lease.ts';
import type { LocalReplica } from './replica.ts';
import type { KeyspaceTable } from './table/keyspace-table.ts';
import type { Verdict, Verifier, VerifyQuestion } from './verification.ts';
import { TableKey } from './verified-key.ts';

const NO_SCOPES: readonly string[] = Object.freeze([]);

// There is no key to tell of in these, so one of each serves all.
const MISSING = toDenial('missing');
const MALFORMED = toDenial('malformed');

/** Verifies from a replica, under a lease. */
export function createVerifier(options: { readonly replica: LocalReplica; readonly lease: Lease }): Verifier {
  const { replica, lease } = options;

  function reach(presentedKey: string | null, question: VerifyQuestion): Verdict {
    if (presentedKey === null) return MISSING;
    const { examiner } = replica;
    const { table } = examiner;
    if (!isRecognised(presentedKey, formatsOf(table.keyspaces, question))) return MALFORMED;
    const secret = table.secrets.findPresented(presentedKey);
    const reason = firstReason(examiner.examine(secret, question));
    // Made for an unknown key too, and then not handed out: a denial costs the same whatever its cause.
    const key = new TableKey(table, secret);
    if (reason === null) return { accepted: true, key, subject: { secretIndex: secret, question } };
    const openingScopes =
      reason === 'insufficient_scope' ? examiner.openingScopes(secret, question) : NO_SCOPES;
    return { accepted: false, reason, key: reason === 'unknown' ? null : key, openingScopes };
  }

  const mayAnswer = () => replica.ready && lease.isLive();

  return {
    keyspace: (id) => replica.keyspace(id),
    mayAnswer,
    verify(presentedKey, question) {
      const verdict = reach(presentedKey, question);
      // Read last: what a live lease vouches for is that nothing had changed when the verdict was reached.
      if (!mayAnswer()) {
        throw new KeyholdError(
          'lease_lost',
          'This process may not answer at the moment; repeat the request.',
        );
      }
      return verdict;
    },
    admit: (subject, flight) => replica.admit(subject, flight),
  };
}

function formatsOf(keyspaces: KeyspaceTable, { keyspace }: VerifyQuestion): readonly KeyFormat[] {
  return keyspace === null ? keyspaces.formats : (keyspaces.find(keyspace.id) ?? keyspaces.none).formats;
}

function isRecognised(presentedKey: string, formats: readonly KeyFormat[]): boolean {
  if (presentedKey.length > MAX_KEY_LENGTH) return false;
  for (const format of formats) {
    if (format.recognise(presentedKey) !== null) return true;
  }
  return false;
}

function toDenial(reason: Reason): Verdict {
  return Object.freeze({ accepted: false, reason, key: null, openingScopes: NO_SCOPES });
}
