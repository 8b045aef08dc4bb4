import { type AddressRanges, bytesToKeyId, type KeyId, keyIdToBytes } from '@keyhold/core';
import { AddressLists } from './address-lists.ts';
import { RecordArena } from './record-arena.ts';
import { SparseNumbers } from './sparse-numbers.ts';
import { TextArena } from './text-arena.ts';

// A record is 20 bytes: the id's 16 and a reference to the name.
const RECORD_WORDS = 5;
const NAME = 4;

/** What all secrets of a key share and the verdict does not read, but for the few keys with address ranges. */
export interface KeyFields {
  readonly id: KeyId;
  readonly name: string;
  readonly allowedCidrs: readonly string[];
}

/** Every key by number of its record. Key 0 is the dummy that an unknown secret belongs to. */
export class KeyTable {
  readonly #records = new RecordArena(RECORD_WORDS);
  readonly #names = new TextArena();
  readonly #addressLists = new AddressLists();
  /** Each key's list; 0, any address, for most. */
  readonly #addresses = new SparseNumbers();

  constructor() {
    this.#records.allocate();
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
  set(key: number, { id, name, allowedCidrs }: KeyFields): void {
    const idBytes = keyIdToBytes(id);
    if (idBytes === null) throw new TypeError(`"${id}" is not a key id.`);
    const words = this.#records.words(key);
    const at = this.#records.at(key);
    this.#records.bytes(key).set(idBytes, at * 4);
    this.#names.release(words[at + NAME]!);
    words[at + NAME] = this.#names.store(name);
    const addresses = this.#addressLists.acquire(allowedCidrs);
    this.#addressLists.release(this.#addresses.get(key));
    this.#addresses.set(key, addresses);
  }

  id(key: number): KeyId {
    return bytesToKeyId(this.#records.bytes(key), this.#records.at(key) * 4);
  }

  name(key: number): string {
    return this.#names.read(this.#records.words(key)[this.#records.at(key) + NAME]!);
  }

  addresses(key: number): AddressRanges {
    return this.#addressLists.ranges(this.#addresses.get(key));
  }
}
