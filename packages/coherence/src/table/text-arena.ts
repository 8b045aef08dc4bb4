const UNIT_BYTES = 4;
const CHUNK_BITS = 18;
const CHUNK_UNITS = 1 << CHUNK_BITS;
const LENGTH_BYTES = 2;

/**
 * Short texts as UTF-8 in chunks of 1 MiB, each behind its length, by a reference that fits 32 bits. References count
 * units of 4 bytes, so one arena holds 16 GiB. 0 is the empty text.
 */
export class TextArena {
  readonly #chunks: Buffer[] = [newChunk()];
  /** Room given back, by its size in units: renaming a key a million times takes no more memory than once. */
  readonly #released: number[][] = [];
  #end = 1;

  /** @throws {RangeError} for a text longer than 65,535 bytes. */
  store(text: string): number {
    const reference = this.#reserve(Buffer.byteLength(text));
    if (reference !== 0) this.#chunk(reference).write(text, byteOffset(reference) + LENGTH_BYTES);
    return reference;
  }

  /** Stores a text that is UTF-8 already, in `bytes` from `start` on. @throws as `store` does. */
  storeBytes(bytes: Uint8Array, start: number, byteLength: number): number {
    const reference = this.#reserve(byteLength);
    if (reference === 0) return 0;
    const chunk = this.#chunk(reference);
    const first = byteOffset(reference) + LENGTH_BYTES;
    // A view of the part to copy would be garbage, and for a name costs more than this.
    for (let i = 0; i < byteLength; i++) chunk[first + i] = bytes[start + i]!;
    return reference;
  }

  /** Whether the text is this one. */
  equals(reference: number, text: string): boolean {
    const chunk = this.#chunk(reference);
    const first = byteOffset(reference) + LENGTH_BYTES;
    const byteLength = chunk.readUInt16LE(first - LENGTH_BYTES);
    if (byteLength < text.length) return false;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // One byte is one character as long as they are ASCII, as nearly all are.
      if (unit > 0x7f) return this.read(reference) === text;
      if (chunk[first + i] !== unit) return false;
    }
    return byteLength === text.length;
  }

  /** Whether the text is this, in UTF-8. */
  holds(reference: number, bytes: Uint8Array, start: number, byteLength: number): boolean {
    const chunk = this.#chunk(reference);
    const first = byteOffset(reference) + LENGTH_BYTES;
    if (chunk.readUInt16LE(first - LENGTH_BYTES) !== byteLength) return false;
    for (let i = 0; i < byteLength; i++) if (chunk[first + i] !== bytes[start + i]) return false;
    return true;
  }

  read(reference: number): string {
    const chunk = this.#chunk(reference);
    const start = byteOffset(reference) + LENGTH_BYTES;
    return chunk.toString('utf8', start, start + chunk.readUInt16LE(start - LENGTH_BYTES));
  }

  /** The text as UTF-8, in the arena's own memory: to be copied before the next call. */
  bytes(reference: number): Uint8Array {
    const chunk = this.#chunk(reference);
    const start = byteOffset(reference) + LENGTH_BYTES;
    return chunk.subarray(start, start + chunk.readUInt16LE(start - LENGTH_BYTES));
  }

  /** Gives a text's room back; its reference must not be read again. */
  release(reference: number): void {
    if (reference === 0) return;
    const units = unitsOf(this.#chunk(reference).readUInt16LE(byteOffset(reference)));
    this.#released[units] ??= [];
    this.#released[units].push(reference);
  }

  #chunk(reference: number): Buffer {
    return this.#chunks[reference >>> CHUNK_BITS]!;
  }

  #reserve(byteLength: number): number {
    if (byteLength === 0) return 0;
    if (byteLength > 0xffff)
      throw new RangeError(`A text of ${byteLength} bytes is too long; 65535 is the most.`);
    const units = unitsOf(byteLength);
    const reference = this.#released[units]?.pop() ?? this.#extend(units);
    this.#chunk(reference).writeUInt16LE(byteLength, byteOffset(reference));
    return reference;
  }

  #extend(units: number): number {
    if ((this.#end % CHUNK_UNITS) + units > CHUNK_UNITS) this.#end = this.#chunks.length * CHUNK_UNITS;
    if (this.#end === this.#chunks.length * CHUNK_UNITS) this.#chunks.push(newChunk());
    const reference = this.#end;
    this.#end += units;
    return reference;
  }
}

function newChunk(): Buffer {
  return Buffer.from(new ArrayBuffer(CHUNK_UNITS * UNIT_BYTES));
}

function byteOffset(reference: number): number {
  return (reference & (CHUNK_UNITS - 1)) * UNIT_BYTES;
}

function unitsOf(byteLength: number): number {
  return Math.ceil((LENGTH_BYTES + byteLength) / UNIT_BYTES);
}
