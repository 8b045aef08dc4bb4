import { type AddressRanges, bytesToKeyId, type KeyId, keyIdToBytes } from '@keyhold/core';
import { AddressLists } from './address-lists.ts';
import { RecordArena } from './record-arena.ts';
import { SparseNumbers } from './sparse-numbers.ts';
import { TextArena } from './text-arena.ts';

// A record is 20 bytes: the id's 16 and a reference to the name.
const RECORD_WORDS = 5;
const NAME = 4;
const ID_BYTES = 16;

/** What all secrets of a key share and the verdict does not read, but for the few keys with address ranges. */
export interface KeyFields {
  readonly id: KeyId;
  readonly name: string;
  readonly allowedCidrs: readonly string[];
}

/** The same, with the 16 bytes of the id and the name as UTF-8 somewhere in `bytes`. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly idStart: number;
  readonly nameStart: number;
  readonly nameByteLength: number;
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
    const nameBytes = Buffer.from(name);
    this.setBytes(key, {
      bytes: Buffer.concat([idBytes, nameBytes]),
      idStart: 0,
      nameStart: ID_BYTES,
      nameByteLength: nameBytes.length,
      allowedCidrs,
    });
  }

  /** As `set`. */
  setBytes(key: number, from: KeyBytes): void {
    const words = this.#records.words(key);
    const at = this.#records.at(key);
    const idBytes = this.#records.bytes(key);
    for (let i = 0; i < ID_BYTES; i++) idBytes[at * 4 + i] = from.bytes[from.idStart + i]!;
    this.#names.release(words[at + NAME]!);
    words[at + NAME] = this.#names.storeBytes(from.bytes, from.nameStart, from.nameByteLength);
    const addresses = this.#addressLists.acquire(from.allowedCidrs);
    this.#addressLists.release(this.#addresses.get(key));
    this.#addresses.set(key, addresses);
  }

  id(key: number): KeyId {
    return bytesToKeyId(this.#records.bytes(key), this.#records.at(key) * 4);
  }

  name(key: number): string {
    return this.#names.read(this.#nameReference(key));
  }

  /** Whether these are the key's id and name. */
  isNamed(key: number, { bytes, idStart, nameStart, nameByteLength }: KeyBytes): boolean {
    const idBytes = this.#records.bytes(key);
    const start = this.#records.at(key) * 4;
    for (let i = 0; i < ID_BYTES; i++) if (idBytes[start + i] !== bytes[idStart + i]) return false;
    return this.#names.holds(this.#nameReference(key), bytes, nameStart, nameByteLength);
  }

  /** The number of the key's list of address ranges; 0: any address. */
  addressList(key: number): number {
    return this.#addresses.getEvenly(key);
  }

  /** A list, compiled; in place of list 0 one of those there are, always the same for the same `standIn`. */
  ranges(addressList: number, standIn: number): AddressRanges {
    return this.#addressLists.ranges(addressList, standIn);
  }

  /** What a list of address ranges is made of. */
  cidrs(addressList: number): readonly string[] {
    return this.#addressLists.cidrs(addressList);
  }

  /** The 16 bytes of the id, in the table's own memory: to be copied before the next call. */
  idBytes(key: number): Uint8Array {
    const start = this.#records.at(key) * 4;
    return this.#records.bytes(key).subarray(start, start + ID_BYTES);
  }

  /** The name as UTF-8, in the table's own memory: to be copied before the next call. */
  nameBytes(key: number): Uint8Array {
    return this.#names.bytes(this.#nameReference(key));
  }

  #nameReference(key: number): number {
    return this.#records.words(key)[this.#records.at(key) + NAME]!;
  }
}
