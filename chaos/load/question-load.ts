import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { NodeAddresses } from '../cluster/node.ts';
import type { Change } from '../history/history.ts';
import type { ObservationChunk } from '../history/observation-log.ts';
import type { Question } from './question.ts';

/** To the thread. */
export type QuestionLoadMessage =
  | { readonly kind: 'addresses'; readonly node: number; readonly addresses: NodeAddresses | null }
  | { readonly kind: 'subject'; readonly subject: number; readonly question: Question }
  | { readonly kind: 'changed'; readonly subject: number; readonly to: Change['to'] }
  | { readonly kind: 'begin'; readonly operatorToken: string }
  | { readonly kind: 'finish' };

/** What the thread gives back in the end. */
export interface QuestionLoadResult {
  readonly chunks: readonly ObservationChunk[];
  /** Answers that no question should get. */
  readonly unexpected: readonly string[];
}

export interface QuestionLoadOptions {
  readonly epochNs: bigint;
  readonly nodes: number;
  /** Behind the nodes; each has one face. */
  readonly applications: number;
  /** Questions at a time to each face of each node. */
  readonly lanes: number;
  /** Over all lanes; 0: as fast as answers come. */
  readonly questionsPerSecond: number;
  readonly faces: readonly ('verify' | 'authorize' | 'gateway')[];
  readonly seed: number;
}

/** Asks every node about every subject over and over, in a thread of its own, so that it holds nobody up. */
export interface QuestionLoad {
  tell(message: QuestionLoadMessage): void;
  finish(): Promise<QuestionLoadResult>;
  close(): Promise<void>;
}

export function createQuestionLoad(options: QuestionLoadOptions): QuestionLoad {
  const thread = new Worker(new URL('./question-thread.ts', import.meta.url), { workerData: options });
  function tell(message: QuestionLoadMessage): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    thread.postMessage(message);
  }
  return {
    tell,
    async finish() {
      const result = once(thread, 'message');
      tell({ kind: 'finish' });
      const [finished]: QuestionLoadResult[] = await result;
      if (finished === undefined) throw new Error('The load ended without its observations.');
      return finished;
    },
    async close() {
      await thread.terminate();
    },
  };
}
