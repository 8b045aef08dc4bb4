/** One change: from `seq` on, the key is accepted or refused. */
export interface Entry {
  readonly seq: number;
  readonly key: number;
  readonly accepted: boolean;
}

/** What was committed and what was confirmed: it judges every answer that a process could give. */
export class History {
  readonly log: Entry[] = [];
  readonly #byKey: Entry[][];
  /** Every change up to here holds everywhere: some call that wrote it, or one before it, has returned. */
  confirmedSeq = 0;

  constructor(keys: number) {
    this.#byKey = Array.from({ length: keys }, () => []);
  }

  get headSeq(): number {
    return this.log.length;
  }

  commit(key: number, accepted: boolean): number {
    const entry = { seq: this.log.length + 1, key, accepted };
    this.log.push(entry);
    this.#byKey[key]?.push(entry);
    return entry.seq;
  }

  /** The change that a key stands at. */
  latest(key: number): Entry | undefined {
    return this.#byKey[key]?.at(-1);
  }

  confirm(seq: number): void {
    this.confirmedSeq = Math.max(this.confirmedSeq, seq);
  }

  /** Whether the key had this state at or after the last change that is confirmed. A key begins refused. */
  allows(key: number, accepted: boolean): boolean {
    const entries = this.#byKey[key] ?? [];
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i] as Entry;
      if (entry.accepted === accepted) return true;
      if (entry.seq <= this.confirmedSeq) return false;
    }
    return !accepted;
  }
}
