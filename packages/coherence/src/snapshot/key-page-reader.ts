import {
  DISABLED,
  KEY_FIELDS,
  type PageProfile,
  REVOKED,
  SECRET_FIELDS,
  type SharedLists,
  VERSION,
} from './key-page.ts';

/**
 * Goes through a page of keys where it lies: `nextKey`, then `nextSecret` for each of the key's, at least one. Nothing is made
 * for a key. With an object for each and its parts, V8 let its young generation grow by 33 to 67 MB while a million of them
 * came (Node 26.10, November 2026).
 */
export class KeyPageReader implements SharedLists {
  readonly organizations: readonly string[];
  readonly profiles: readonly PageProfile[];
  readonly addressLists: readonly (readonly string[])[];
  /** The page; ids, names and digests are parts of it. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #keysLeft: number;
  #secretsLeft = 0;
  /** Where the key and the secret stand, and what follows the key. */
  #key = 0;
  #secret = 0;
  #next: number;

  /** @throws {RangeError} for what is no page. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const version = this.#view.getUint8(this.#within(0, 1));
    if (version !== VERSION)
      throw new RangeError(`This version does not know pages of keys of version ${version}.`);
    const headerBytes = this.#view.getUint32(this.#within(1, 4), true);
    const header = parseHeader(bytes.subarray(this.#within(5, headerBytes), 5 + headerBytes));
    ({
      organizations: this.organizations,
      profiles: this.profiles,
      addressLists: this.addressLists,
    } = header);
    this.#keysLeft = this.#view.getUint32(this.#within(5 + headerBytes, 4), true);
    this.#next = 9 + headerBytes;
  }

  /**
   * Goes to the next key, before its first secret.
   *
   * @returns false behind the last one.
   * @throws {RangeError} for a key that is not whole, and for more bytes behind the last one.
   */
  nextKey(): boolean {
    if (this.#keysLeft === 0) {
      if (this.#next !== this.bytes.length)
        throw new RangeError('A page of keys goes on behind its last key.');
      return false;
    }
    this.#keysLeft--;
    this.#key = this.#within(this.#next, KEY_FIELDS.end);
    const count = this.#view.getUint32(this.#key + KEY_FIELDS.secrets, true);
    if (this.#view.getUint8(this.#key + KEY_FIELDS.flags) > (REVOKED | DISABLED) || count === 0)
      throw new RangeError('A page of keys has a key that is none.');
    if (
      this.organizationPlace >= this.organizations.length ||
      this.profilePlace >= this.profiles.length ||
      this.#addressesPlace >= this.addressLists.length
    ) {
      throw new RangeError('A page of keys names what it does not list.');
    }
    if (Number.isNaN(this.expiresAtMs)) throw new RangeError('A page of keys has a time that is none.');
    const secretsStart = this.nameStart + this.nameByteLength;
    this.#next = this.#within(secretsStart, count * SECRET_FIELDS.end) + count * SECRET_FIELDS.end;
    for (this.#secret = secretsStart; this.#secret < this.#next; this.#secret += SECRET_FIELDS.end) {
      if (this.generation === 0) throw new RangeError('A page of keys has a secret without a generation.');
      if (Number.isNaN(this.notAfterMs)) throw new RangeError('A page of keys has a time that is none.');
    }
    this.#secretsLeft = count;
    this.#secret = secretsStart - SECRET_FIELDS.end;
    return true;
  }

  /** Goes to the next secret of the key, oldest first. @returns false behind the last one. */
  nextSecret(): boolean {
    if (this.#secretsLeft === 0) return false;
    this.#secretsLeft--;
    this.#secret += SECRET_FIELDS.end;
    return true;
  }

  /** Where the 16 bytes of the key's id begin. */
  get idStart(): number {
    return this.#key;
  }

  get number(): number {
    return this.#view.getUint32(this.#key + KEY_FIELDS.number, true);
  }

  /** The place among `organizations` of the one that the key belongs to. */
  get organizationPlace(): number {
    return this.#view.getUint32(this.#key + KEY_FIELDS.organization, true);
  }

  /** The place among `profiles` of keyspace, environment and scopes. */
  get profilePlace(): number {
    return this.#view.getUint32(this.#key + KEY_FIELDS.profile, true);
  }

  get keyspace(): string {
    return this.profiles[this.profilePlace]?.keyspace ?? '';
  }

  get environment(): string | null {
    return this.profiles[this.profilePlace]?.environment ?? null;
  }

  get scopes(): readonly string[] {
    return this.profiles[this.profilePlace]?.scopes ?? [];
  }

  get allowedCidrs(): readonly string[] {
    return this.addressLists[this.#addressesPlace] ?? [];
  }

  /** Infinity: never. */
  get expiresAtMs(): number {
    return this.#view.getFloat64(this.#key + KEY_FIELDS.expiresAtMs, true);
  }

  get revoked(): boolean {
    return (this.#view.getUint8(this.#key + KEY_FIELDS.flags) & REVOKED) !== 0;
  }

  get disabled(): boolean {
    return (this.#view.getUint8(this.#key + KEY_FIELDS.flags) & DISABLED) !== 0;
  }

  /** Where the name begins, in UTF-8. */
  get nameStart(): number {
    return this.#key + KEY_FIELDS.end;
  }

  get nameByteLength(): number {
    return this.#view.getUint16(this.#key + KEY_FIELDS.nameBytes, true);
  }

  /** Where the 32 bytes of the secret's digest begin. */
  get digestStart(): number {
    return this.#secret;
  }

  get generation(): number {
    return this.#view.getUint32(this.#secret + SECRET_FIELDS.generation, true);
  }

  /** Infinity: with its key. */
  get notAfterMs(): number {
    return this.#view.getFloat64(this.#secret + SECRET_FIELDS.notAfterMs, true);
  }

  get #addressesPlace(): number {
    return this.#view.getUint32(this.#key + KEY_FIELDS.addresses, true);
  }

  /** @returns `start`. */
  #within(start: number, byteLength: number): number {
    if (start + byteLength > this.bytes.length)
      throw new RangeError('A page of keys ends before its last key.');
    return start;
  }
}

function parseHeader(bytes: Uint8Array): SharedLists {
  const header = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  if (!isRecord(header)) throw new RangeError('A page of keys has no header.');
  const { organizations, profiles, addressLists } = header;
  if (
    !isListOf(organizations, isText) ||
    !isListOf(profiles, isProfile) ||
    !isListOf(addressLists, isTexts)
  ) {
    throw new RangeError('A page of keys has a header that lacks a part.');
  }
  return { organizations, profiles, addressLists };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError('A page of keys has a header that is no JSON.', { cause });
  }
}

function isProfile(value: unknown): value is PageProfile {
  if (!isRecord(value)) return false;
  const { keyspace, environment, scopes } = value;
  return isText(keyspace) && (environment === null || isText(environment)) && isTexts(scopes);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return isListOf(value, isText);
}

function isListOf<T>(value: unknown, isOne: (each: unknown) => each is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}
