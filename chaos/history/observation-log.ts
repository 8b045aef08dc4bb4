import { FACES, type Observation, type Outcome } from './history.ts';

const OUTCOMES: readonly Outcome[] = ['accepted', 'refused', 'unavailable', 'broken'];

/** Observations to a chunk: a chunk is filled, kept, and another one begun, so that nothing is ever copied. */
const CHUNK_ROWS = 65_536;

/** One chunk, as it crosses from the thread that recorded it. */
export interface ObservationChunk {
  readonly rows: number;
  /** invokedNs and answeredNs, by turns. */
  readonly instants: Float64Array;
  readonly subjects: Uint32Array;
  /** The node, the face and the outcome. */
  readonly details: Uint8Array;
}

/** Millions of observations at 23 bytes each. */
export class ObservationLog implements Iterable<Observation> {
  readonly #chunks: ObservationChunk[] = [];
  #open = createChunk();
  #openRows = 0;

  add({ subject, node, face, outcome, invokedNs, answeredNs }: Observation): void {
    const row = this.#openRows++;
    const { instants, subjects, details } = this.#open;
    instants[2 * row] = invokedNs;
    instants[2 * row + 1] = answeredNs;
    subjects[row] = subject;
    details[3 * row] = node;
    details[3 * row + 1] = FACES.indexOf(face);
    details[3 * row + 2] = OUTCOMES.indexOf(outcome);
    if (this.#openRows === CHUNK_ROWS) this.#seal();
  }

  /** Takes everything out, to be sent to another thread. */
  take(): ObservationChunk[] {
    this.#seal();
    return this.#chunks.splice(0);
  }

  /** Takes in what another log gave out. */
  put(chunks: readonly ObservationChunk[]): void {
    this.#chunks.push(...chunks);
  }

  *[Symbol.iterator](): Generator<Observation> {
    this.#seal();
    for (const { rows, instants, subjects, details } of this.#chunks) {
      for (let row = 0; row < rows; row++) {
        yield {
          subject: subjects[row] ?? 0,
          node: details[3 * row] ?? 0,
          face: FACES[details[3 * row + 1] ?? 0] ?? 'verify',
          outcome: OUTCOMES[details[3 * row + 2] ?? 0] ?? 'broken',
          invokedNs: instants[2 * row] ?? 0,
          answeredNs: instants[2 * row + 1] ?? 0,
        };
      }
    }
  }

  #seal(): void {
    if (this.#openRows === 0) return;
    this.#chunks.push({ ...this.#open, rows: this.#openRows });
    this.#open = createChunk();
    this.#openRows = 0;
  }
}

function createChunk(): Omit<ObservationChunk, 'rows'> {
  return {
    instants: new Float64Array(2 * CHUNK_ROWS),
    subjects: new Uint32Array(CHUNK_ROWS),
    details: new Uint8Array(3 * CHUNK_ROWS),
  };
}
