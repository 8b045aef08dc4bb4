import type { Change } from '../history/history.ts';

/** One call that changes something. */
export interface Call {
  readonly verb: Verb;
  readonly node: number;
  readonly invokedNs: number;
  readonly answeredNs: number;
  /** `pending`: done, and not confirmed everywhere in time; `unknown`: no answer, or one that does not tell. */
  readonly result: 'done' | 'pending' | 'unknown';
}

export const TIGHTENINGS = [
  'revoke',
  'recycle',
  'disable',
  'suspend',
  'shrink',
  'shorten',
  'revoke all',
] as const;
export const OPENINGS = ['create', 'enable', 'resume', 'widen'] as const;
export type Verb = (typeof TIGHTENINGS)[number] | (typeof OPENINGS)[number];

export function isTightening({ verb }: Call): boolean {
  return (TIGHTENINGS as readonly Verb[]).includes(verb);
}

/** What the callers of a run have done and been told. */
export interface Journal {
  readonly changes: Change[];
  readonly calls: Call[];
  /** By the id of every key whose creation was answered: whether a revocation of it was answered, too. */
  readonly keys: Map<string, { isRevoked: boolean }>;
  /** Answers that none of the calls should get. */
  readonly unexpected: string[];
}

export function createJournal(): Journal {
  return { changes: [], calls: [], keys: new Map(), unexpected: [] };
}
