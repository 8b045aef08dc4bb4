import { type AskedFrom, toOperationText, type Verdict, type VerifyQuestion } from '@keyhold/coherence';
import { formatClientAddress } from '@keyhold/core';
import type { NewVerdict } from '@keyhold/store';
import type { VerifyingFace } from './metrics.ts';

/** What a process tells of in a second: enough to watch, little enough that looking on costs nobody anything. */
const MOST_A_FLUSH = 50;

/** Verdicts for whoever looks on, as long as somebody does. */
export interface RecentVerdicts {
  /** Whether somebody looks on, as far as this process knows. */
  watched: boolean;
  note(verdict: Verdict, question: VerifyQuestion, from: AskedFrom, face: VerifyingFace, atMs: number): void;
  /** What was noted since the last time. */
  take(): readonly NewVerdict[];
}

export function createRecentVerdicts(): RecentVerdicts {
  let noted: Omit<NewVerdict, 'sampled'>[] = [];
  let passedOver = false;
  return {
    watched: false,
    note(verdict, question, from, face, atMs) {
      if (noted.length === MOST_A_FLUSH) {
        passedOver = true;
        return;
      }
      const { key } = verdict;
      const address = from();
      noted.push({
        atMs,
        face,
        keyspace: question.keyspace?.id ?? key?.keyspace.id ?? null,
        organization: key?.organization ?? null,
        keyId: key?.id ?? null,
        reason: verdict.accepted ? null : verdict.reason,
        operation: toOperationText(question),
        address: address === null ? null : formatClientAddress(address),
      });
    },
    take() {
      const taken = noted.map((verdict) => ({ ...verdict, sampled: passedOver }));
      noted = [];
      passedOver = false;
      return taken;
    },
  };
}
