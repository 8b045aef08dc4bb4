import { hash } from 'node:crypto';
import { RecordArena } from './record-arena.ts';
import { SparseNumbers } from './sparse-numbers.ts';
import { TagIndex } from './tag-index.ts';

const DIGEST_BYTES = 32;
const DIGEST_WORDS = 8;
/** With the length given, Node does not look whether the algorithm is one of those that need one: 25 ns less. */
const DIGEST_OPTIONS = chooseDigestOptions({
  outputEncoding: 'utf16le',
  outputLength: DIGEST_BYTES,
} as const);

// A record is 64 bytes: the digest, four words, and the two ends as doubles.
const RECORD_WORDS = 16;
const KEY = 8;
const NUMBER = 9;
const ORGANIZATION = 10;
const PROFILE_AND_FLAGS = 11;
const EXPIRES_AT_DOUBLE = 6;
const NOT_AFTER_DOUBLE = 7;

const REVOKED = 1 << 30;
const DISABLED = 1 << 31;
const PROFILE_MASK = REVOKED - 1;

/** What the verdict reads of a secret and of its key; organization and profile are numbers of their own tables. */
export interface SecretFields {
  number: number;
  organization: number;
  profile: number;
  revoked: boolean;
  disabled: boolean;
  /** When the key expires; Infinity for never. */
  expiresAtMs: number;
  /** When this one secret ends; Infinity when it ends with its key. */
  notAfterMs: number;
}

/** Those, and the key, which a secret keeps for good. */
export interface SecretView extends SecretFields {
  key: number;
}

/** A digest's 32 bytes, somewhere in `bytes`. */
export interface DigestBytes {
  readonly bytes: Uint8Array;
  readonly digestStart: number;
}

/**
 * Every secret by digest, each with a copy of what the verdict reads of its key: one place in memory holds what a
 * verification has to look at, and a change of a key rewrites its few secrets. With the key in a record of its own, a
 * random one of a million keys takes a cache miss more.
 *
 * Secret 0 is the dummy: it belongs to key 0 and nothing speaks against it.
 */
export class SecretTable {
  readonly #records = new RecordArena(RECORD_WORDS);
  readonly #index = new TagIndex((secret) => this.#holdsSought(secret));
  /** How often its key had been recycled when the secret was made; 0 for nearly all. */
  readonly #recycles = new SparseNumbers();
  /** The secrets of its key that were made right after it and right before it; 0 for nearly all. */
  readonly #next = new SparseNumbers();
  readonly #previous = new SparseNumbers();
  readonly #view: SecretView = {
    key: 0,
    number: 0,
    organization: 0,
    profile: 0,
    revoked: false,
    disabled: false,
    expiresAtMs: Number.POSITIVE_INFINITY,
    notAfterMs: Number.POSITIVE_INFINITY,
  };
  // The digest sought, in three views of the same bytes.
  readonly #soughtBytes = Buffer.from(new ArrayBuffer(DIGEST_BYTES));
  readonly #soughtView = new DataView(this.#soughtBytes.buffer);
  readonly #sought = new Uint32Array(this.#soughtBytes.buffer);

  constructor() {
    const doubles = this.#records.doubles(this.#records.allocate());
    doubles[EXPIRES_AT_DOUBLE] = Number.POSITIVE_INFINITY;
    doubles[NOT_AFTER_DOUBLE] = Number.POSITIVE_INFINITY;
  }

  /** The secret with this digest (64 hex digits), or 0. */
  find(digest: string): number {
    if (digest.length !== 2 * DIGEST_BYTES || this.#soughtBytes.write(digest, 'hex') !== DIGEST_BYTES) {
      throw new TypeError('A digest is 64 hex digits.');
    }
    return this.#findSought();
  }

  /** The secret with this digest, or 0. */
  findBytes({ bytes, digestStart }: DigestBytes): number {
    for (let i = 0; i < DIGEST_BYTES; i++) this.#soughtBytes[i] = bytes[digestStart + i]!;
    return this.#findSought();
  }

  /**
   * The secret that a key text is, or the complement (`~`) of a stand-in: one of the secrets there are, always the same
   * for the same text, to be looked at in place of one. A secret that nobody has looked at for a while lies in main memory,
   * where the dummy never does, and the 200 to 300 ns it takes to fetch it would tell a known key from an unknown one
   * (1 M keys; docs/security.md).
   *
   * The digest goes from `crypto.hash` through a string of 16 code units into place: as a `Buffer` it costs 560 ns more
   * than the 250 ns of the hash itself, as hex 100 ns, this way 5 ns (Node 26.10, 2026-11).
   */
  findPresented(presentedKey: string): number {
    const digest = hash('sha256', presentedKey, DIGEST_OPTIONS);
    for (let i = 0; i < DIGEST_BYTES / 2; i++) this.#soughtView.setUint16(2 * i, digest.charCodeAt(i), true);
    const standIn = Math.floor((this.#sought[2]! * this.#records.count) / 2 ** 32);
    const found = this.#findSought(standIn);
    // As in the index: not before the slot's content is there.
    return found === 0 ? ~(found ^ standIn) : found;
  }

  /** The secret with this digest, added for `key` when there is none. */
  intern(digest: string, key: number): number {
    const found = this.find(digest);
    return found === 0 ? this.#addSought(key) : found;
  }

  /** The secret with this digest, added for `key` when there is none. */
  internBytes(digest: DigestBytes, key: number): number {
    const found = this.findBytes(digest);
    return found === 0 ? this.#addSought(key) : found;
  }

  #addSought(key: number): number {
    const secret = this.#records.allocate();
    const words = this.#records.words(secret);
    const at = this.#records.at(secret);
    words.set(this.#sought, at);
    words[at + KEY] = key;
    this.#index.add(this.#soughtBytes[0]!, this.#sought[1]!, secret);
    return secret;
  }

  /** Makes these the secret's fields, whatever they were. */
  set(secret: number, generation: number, fields: Readonly<SecretFields>): void {
    const words = this.#records.words(secret);
    const doubles = this.#records.doubles(secret);
    const at = this.#records.at(secret);
    words[at + NUMBER] = fields.number;
    words[at + ORGANIZATION] = fields.organization;
    words[at + PROFILE_AND_FLAGS] =
      fields.profile | (fields.revoked ? REVOKED : 0) | (fields.disabled ? DISABLED : 0);
    doubles[at / 2 + EXPIRES_AT_DOUBLE] = fields.expiresAtMs;
    doubles[at / 2 + NOT_AFTER_DOUBLE] = fields.notAfterMs;
    this.#recycles.set(secret, generation - 1);
  }

  /** Reads a secret into the one view there is: take what you need of it before the next call. */
  read(secret: number): Readonly<SecretView> {
    const words = this.#records.words(secret);
    const doubles = this.#records.doubles(secret);
    const at = this.#records.at(secret);
    const profileAndFlags = words[at + PROFILE_AND_FLAGS]!;
    const view = this.#view;
    view.key = words[at + KEY]!;
    view.number = words[at + NUMBER]!;
    view.organization = words[at + ORGANIZATION]!;
    view.profile = profileAndFlags & PROFILE_MASK;
    view.revoked = (profileAndFlags & REVOKED) !== 0;
    view.disabled = (profileAndFlags & DISABLED) !== 0;
    view.expiresAtMs = doubles[at / 2 + EXPIRES_AT_DOUBLE]!;
    view.notAfterMs = doubles[at / 2 + NOT_AFTER_DOUBLE]!;
    return view;
  }

  generation(secret: number): number {
    return this.#recycles.get(secret) + 1;
  }

  /** Notes that `secret` is the one of their key that was made right after `previous`. */
  link(previous: number, secret: number): void {
    this.#next.set(previous, secret);
    this.#previous.set(secret, previous);
  }

  /** Whether it is the oldest of its key. */
  isFirst(secret: number): boolean {
    return this.#previous.get(secret) === 0;
  }

  /** The one of its key that was made right after it; 0: none. */
  next(secret: number): number {
    return this.#next.get(secret);
  }

  /** Secrets known, the dummy not counted. */
  get count(): number {
    return this.#records.count - 1;
  }

  /** The 32 bytes, in the table's own memory: to be copied before the next call. */
  digestBytes(secret: number): Uint8Array {
    const start = this.#records.at(secret) * 4;
    return this.#records.bytes(secret).subarray(start, start + DIGEST_BYTES);
  }

  /** 64 hex digits. */
  digest(secret: number): string {
    const at = this.#records.at(secret);
    return Buffer.from(this.#records.words(secret).slice(at, at + DIGEST_WORDS).buffer).toString('hex');
  }

  #findSought(standIn = 0): number {
    return this.#index.find(this.#soughtBytes[0]!, this.#sought[1]!, standIn);
  }

  /** Compares all 32 bytes, whatever the first ones say (ASVS 5.0, 11.2.4). */
  #holdsSought(secret: number): boolean {
    const words = this.#records.words(secret);
    const at = this.#records.at(secret);
    const sought = this.#sought;
    let difference = 0;
    for (let i = 0; i < DIGEST_WORDS; i++) difference |= words[at + i]! ^ sought[i]!;
    return difference === 0;
  }
}

/** The SDK's oldest Node takes the encoding and nothing else. */
function chooseDigestOptions<Options extends { readonly outputEncoding: 'utf16le' }>(options: Options) {
  try {
    hash('sha256', '', options);
    return options;
  } catch {
    return options.outputEncoding;
  }
}
