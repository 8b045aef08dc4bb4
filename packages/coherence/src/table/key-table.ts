import { type AddressRanges, bytesToKeyId, type KeyId, keyIdToBytes } from '@keyhold/core';
import { AddressLists } from './address-lists.ts';
import { RecordArena } from './record-arena.ts';
import { TextArena } from './text-arena.ts';

// A record is 48 bytes: the id's 16 bytes, six words, and the end of the key as a double.
const RECORD_WORDS = 12;
const ID_BYTES = 16;
const NUMBER = 4;
const ORGANIZATION = 5;
const PROFILE = 6;
const ADDRESSES = 7;
const NAME = 8;
const FLAGS = 9;
const EXPIRES_AT_DOUBLE = 5;

const REVOKED = 1;
const DISABLED = 2;

/** A key as its record holds it; organization and profile are numbers of their own tables. */
export interface KeyFields {
  readonly id: KeyId;
  readonly number: number;
  readonly organization: number;
  readonly profile: number;
  readonly allowedCidrs: readonly string[];
  readonly name: string;
  readonly revoked: boolean;
  readonly disabled: boolean;
  /** Infinity when it does not expire. */
  readonly expiresAtMs: number;
}

/** Every key, by number of its record. Key 0 is the dummy that an unknown secret belongs to: nothing speaks against it. */
export class KeyTable {
  readonly #records = new RecordArena(RECORD_WORDS);
  readonly #names = new TextArena();
  readonly #addressLists = new AddressLists();

  constructor() {
    const dummy = this.#records.allocate();
    this.#records.doubles(dummy)[EXPIRES_AT_DOUBLE] = Number.POSITIVE_INFINITY;
  }

  /** Keys known, the dummy not counted. */
  get count(): number {
    return this.#records.count - 1;
  }

  /** A new record, for `set` to fill. */
  allocate(): number {
    return this.#records.allocate();
  }

  /** Makes these the key's fields, whatever they were. */
  set(key: number, fields: KeyFields): void {
    const id = keyIdToBytes(fields.id);
    if (id === null) throw new TypeError(`"${fields.id}" is not a key id.`);
    const words = this.#records.words(key);
    const at = this.#records.at(key);
    new Uint8Array(words.buffer).set(id, at * 4);
    words[at + NUMBER] = fields.number;
    words[at + ORGANIZATION] = fields.organization;
    words[at + PROFILE] = fields.profile;
    words[at + FLAGS] = (fields.revoked ? REVOKED : 0) | (fields.disabled ? DISABLED : 0);
    this.#records.doubles(key)[at / 2 + EXPIRES_AT_DOUBLE] = fields.expiresAtMs;
    const addresses = words[at + ADDRESSES]!;
    words[at + ADDRESSES] = this.#addressLists.acquire(fields.allowedCidrs);
    this.#addressLists.release(addresses);
    this.#names.release(words[at + NAME]!);
    words[at + NAME] = this.#names.store(fields.name);
  }

  id(key: number): KeyId {
    const at = this.#records.at(key) * 4;
    return bytesToKeyId(new Uint8Array(this.#records.words(key).buffer, at, ID_BYTES));
  }

  number(key: number): number {
    return this.#word(key, NUMBER);
  }

  organization(key: number): number {
    return this.#word(key, ORGANIZATION);
  }

  profile(key: number): number {
    return this.#word(key, PROFILE);
  }

  addresses(key: number): AddressRanges {
    return this.#addressLists.ranges(this.#word(key, ADDRESSES));
  }

  name(key: number): string {
    return this.#names.read(this.#word(key, NAME));
  }

  isRevoked(key: number): boolean {
    return (this.#word(key, FLAGS) & REVOKED) !== 0;
  }

  isDisabled(key: number): boolean {
    return (this.#word(key, FLAGS) & DISABLED) !== 0;
  }

  /** Infinity when it does not expire. */
  expiresAtMs(key: number): number {
    return this.#records.doubles(key)[this.#records.at(key) / 2 + EXPIRES_AT_DOUBLE]!;
  }

  #word(key: number, word: number): number {
    return this.#records.words(key)[this.#records.at(key) + word]!;
  }
}
