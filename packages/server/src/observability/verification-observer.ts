import type { Verdict, Verifier } from '@keyhold/coherence';
import type { Keyspace } from '@keyhold/core';
import type { UsageOutcome } from '@keyhold/store';
import type { Metrics, VerifyingFace } from './metrics.ts';
import type { UsageRecorder } from './usage-recorder.ts';

/** Counts verdicts of one face, for usage and metrics. */
export interface VerificationObserver {
  /** @param asked the keyspace the question was about; null: any. */
  observe(verdict: Verdict, asked: Keyspace | null): void;
}

export interface ObserverOptions {
  readonly face: VerifyingFace;
  readonly usage: UsageRecorder;
  readonly metrics: Metrics;
}

export function createVerificationObserver({ face, usage, metrics }: ObserverOptions): VerificationObserver {
  const counter = metrics.verifications(face);
  return {
    observe(verdict, asked) {
      usage.record(verdict.key, toOutcome(verdict));
      const keyspace = asked ?? verdict.key?.keyspace ?? null;
      counter.count(keyspace === null ? '' : keyspace.id, verdict.accepted ? null : verdict.reason);
    },
  };
}

function toOutcome(verdict: Verdict): UsageOutcome {
  if (verdict.accepted) return 'accepted';
  return verdict.reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}

/** The same verifier, with every verdict counted for one face. */
export function observedVerifier(verifier: Verifier, options: ObserverOptions): Verifier {
  const observer = createVerificationObserver(options);
  return {
    keyspace: (id) => verifier.keyspace(id),
    verify(presentedKey, question) {
      const verdict = verifier.verify(presentedKey, question);
      observer.observe(verdict, question.keyspace);
      return verdict;
    },
    mayAnswer: () => verifier.mayAnswer(),
    admit: (subject, flight) => verifier.admit(subject, flight),
  };
}
