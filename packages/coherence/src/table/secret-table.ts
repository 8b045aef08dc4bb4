import { hash } from 'node:crypto';
import { RecordArena } from './record-arena.ts';
import { TagIndex } from './tag-index.ts';

const DIGEST_BYTES = 32;

// A record is 48 bytes: the digest, its key, its generation, and its end as a double.
const RECORD_WORDS = 12;
const KEY = 8;
const GENERATION = 9;
const NOT_AFTER_DOUBLE = 5;

/** Every secret by digest. Secret 0 is the dummy that a miss finds: it belongs to key 0 and has no end. */
export class SecretTable {
  readonly #records = new RecordArena(RECORD_WORDS);
  readonly #index = new TagIndex((secret) => this.#holdsSought(secret));
  // The digest sought, as bytes and as words.
  readonly #soughtBytes = Buffer.from(new ArrayBuffer(DIGEST_BYTES));
  readonly #sought = new Uint32Array(this.#soughtBytes.buffer);

  constructor() {
    this.set(this.#records.allocate(), 0, Number.POSITIVE_INFINITY);
  }

  /** Secrets known, the dummy not counted. */
  get count(): number {
    return this.#records.count - 1;
  }

  /** The secret with this digest (64 hex digits), or 0. */
  find(digest: string): number {
    if (digest.length !== 2 * DIGEST_BYTES || this.#soughtBytes.write(digest, 'hex') !== DIGEST_BYTES) {
      throw new TypeError('A digest is 64 hex digits.');
    }
    return this.#findSought();
  }

  /**
   * The secret that a key text is, or 0.
   *
   * The digest goes from `crypto.hash` through a one-byte string into words: its `Buffer` output costs 600 ns more than
   * the 270 ns of the hash itself (Node 26.10, 2026-11).
   */
  findPresented(presentedKey: string): number {
    const digest = hash('sha256', presentedKey, 'latin1');
    for (let i = 0; i < DIGEST_BYTES; i++) this.#soughtBytes[i] = digest.charCodeAt(i);
    return this.#findSought();
  }

  /** The secret with this digest, added for `key` when there is none. */
  intern(digest: string, key: number): number {
    const found = this.find(digest);
    if (found !== 0) return found;
    const secret = this.#records.allocate();
    const words = this.#records.words(secret);
    const at = this.#records.at(secret);
    words.set(this.#sought, at);
    words[at + KEY] = key;
    this.#index.add(this.#soughtBytes[0]!, this.#sought[1]!, secret);
    return secret;
  }

  set(secret: number, generation: number, notAfterMs: number): void {
    const at = this.#records.at(secret);
    this.#records.words(secret)[at + GENERATION] = generation;
    this.#records.doubles(secret)[at / 2 + NOT_AFTER_DOUBLE] = notAfterMs;
  }

  digest(secret: number): string {
    const at = this.#records.at(secret);
    const words = this.#records.words(secret).slice(at, at + this.#sought.length);
    return Buffer.from(words.buffer).toString('hex');
  }

  key(secret: number): number {
    return this.#records.words(secret)[this.#records.at(secret) + KEY]!;
  }

  generation(secret: number): number {
    return this.#records.words(secret)[this.#records.at(secret) + GENERATION]!;
  }

  /** Infinity when it ends with its key. */
  notAfterMs(secret: number): number {
    return this.#records.doubles(secret)[this.#records.at(secret) / 2 + NOT_AFTER_DOUBLE]!;
  }

  #findSought(): number {
    return this.#index.find(this.#soughtBytes[0]!, this.#sought[1]!);
  }

  /** Compares all 32 bytes, whatever the first ones say (ASVS 5.0, 11.2.4). */
  #holdsSought(secret: number): boolean {
    const words = this.#records.words(secret);
    const at = this.#records.at(secret);
    const sought = this.#sought;
    let difference = 0;
    for (let i = 0; i < 8; i++) difference |= words[at + i]! ^ sought[i]!;
    return difference === 0;
  }
}
