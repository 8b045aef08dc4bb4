import { hash } from 'node:crypto';

/** A system of plain data, and every step that it could take. */
export interface Model<State> {
  readonly initial: State;
  /** Calls `visit` with each state that can come next, and what leads there. States are not shared. */
  steps(state: State, visit: (step: string, next: State) => void): void;
  /** What is wrong in a state; null: nothing is. */
  violation(state: State): string | null;
}

export interface SearchResult {
  readonly states: number;
  /** Whether every state that can be reached was looked at. */
  readonly complete: boolean;
  /** The shortest way to a violation, step by step, and what it is; null: there is none. */
  readonly violation: readonly string[] | null;
}

/** Looks at every state that can be reached, the nearest first, up to a number of them. */
export function search<State>(model: Model<State>, maxStates: number): SearchResult {
  const numbers = new Map<string, number>();
  // How each state was first reached.
  const from: number[] = [];
  const by: string[] = [];
  let level: { readonly number: number; readonly text: string }[] = [];
  let next: typeof level = [];
  let found: string[] | null = null;

  function visit(parent: number, step: string, state: State): void {
    if (found !== null) return;
    const text = JSON.stringify(state);
    const digest = hash('md5', text, 'latin1');
    if (numbers.has(digest)) return;
    const number = numbers.size;
    numbers.set(digest, number);
    from.push(parent);
    by.push(step);
    next.push({ number, text });
    const violation = model.violation(state);
    if (violation !== null) found = [...trail(number), violation];
  }

  function trail(number: number): string[] {
    const steps: string[] = [];
    for (let at = number; at > 0; at = from[at] ?? 0) steps.unshift(by[at] ?? '');
    return steps;
  }

  visit(-1, 'start', model.initial);
  while (next.length > 0 && found === null && numbers.size < maxStates) {
    level = next;
    next = [];
    for (const { number, text } of level) {
      if (found !== null || numbers.size >= maxStates) break;
      model.steps(JSON.parse(text) as State, (step, state) => visit(number, step, state));
    }
  }
  return { states: numbers.size, complete: next.length === 0 && found === null, violation: found };
}
