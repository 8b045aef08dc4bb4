import type { AskedFrom, Verdict, Verifier, VerifyQuestion } from '@keyhold/coherence';
import type { Metrics, VerifyingFace } from './metrics.ts';
import type { UsageRecorder } from './usage-recorder.ts';

/** Counts verdicts of one face, for usage and metrics. */
export interface VerificationObserver {
  /** @param from where the request came from, when the question does not say. */
  observe(verdict: Verdict, question: VerifyQuestion, from?: AskedFrom): void;
}

export interface ObserverOptions {
  readonly face: VerifyingFace;
  readonly usage: UsageRecorder;
  readonly metrics: Metrics;
}

export function createVerificationObserver({ face, usage, metrics }: ObserverOptions): VerificationObserver {
  const counter = metrics.verifications(face);
  return {
    observe(verdict, question, from) {
      usage.record(verdict, question, face, from);
      const keyspace = question.keyspace ?? verdict.key?.keyspace ?? null;
      counter.count(keyspace === null ? '' : keyspace.id, verdict.accepted ? null : verdict.reason);
    },
  };
}

/** The same verifier, with every verdict counted for one face. */
export function observedVerifier(verifier: Verifier, options: ObserverOptions): Verifier {
  const observer = createVerificationObserver(options);
  return {
    keyspace: (id) => verifier.keyspace(id),
    verify(presentedKey, question) {
      const verdict = verifier.verify(presentedKey, question);
      observer.observe(verdict, question);
      return verdict;
    },
    mayAnswer: () => verifier.mayAnswer(),
    admit: (subject, flight) => verifier.admit(subject, flight),
  };
}
