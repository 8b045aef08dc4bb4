import { isAscii } from 'node:buffer';
import { type FieldError, KeyholdError } from '@keyhold/core';

/** Nothing Keyhold reads is deeper than three levels but metadata; 16 bounds the work of everything after. */
const MAX_DEPTH = 16;

/** Names that would reach an object's prototype in code that copies objects carelessly. No call has such a field. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads one JSON document as strictly as RFC 8259 is written, and stricter: no byte order mark, no duplicate names, at
 * most 16 levels, no name that could touch a prototype. Objects in the answer have a null prototype.
 *
 * `JSON.parse` alone keeps the last of two equal names and reads 100,000 levels, so two parsers behind one another could
 * see different requests.
 *
 * @throws {KeyholdError} `invalid_json`, or `unknown_field` for a forbidden name. Messages give positions and never quote
 *   the body, which may hold a key.
 */
export function readJson(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  const parser = new Parser(text);
  return parser.readDocument();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new KeyholdError('invalid_json', 'The body is not UTF-8; send JSON encoded as UTF-8.', { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const UNICODE_ESCAPE = /^[0-9a-fA-F]{4}$/;

class Parser {
  readonly #text: string;
  #at = 0;
  /** Of the value being read, for the pointer of a forbidden name. */
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): unknown {
    this.#skipSpace();
    const value = this.#readValue();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('there is more after the JSON value');
    return value;
  }

  #readValue(): unknown {
    switch (this.#text.charCodeAt(this.#at)) {
      case OPENING_BRACE:
        return this.#readObject();
      case OPENING_BRACKET:
        return this.#readArray();
      case QUOTE:
        return this.#readString();
      case LETTER_T:
        return this.#readWord('true', true);
      case LETTER_F:
        return this.#readWord('false', false);
      case LETTER_N:
        return this.#readWord('null', null);
      default:
        return this.#readNumber();
    }
  }

  #readObject(): object {
    this.#enter();
    const object: Record<string, unknown> = Object.create(null);
    if (!this.#closes(CLOSING_BRACE)) {
      do {
        this.#skipSpace();
        if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#fail('a name in double quotes must stand here');
        const name = this.#readString();
        if (FORBIDDEN_NAMES.has(name)) this.#refuseName(name);
        if (name in object) this.#fail('a name stands twice in one object, the second time just before here');
        this.#skipSpace();
        if (this.#text.charCodeAt(this.#at) !== COLON) this.#fail('a colon must stand here');
        this.#at++;
        this.#skipSpace();
        this.#path.push(name);
        object[name] = this.#readValue();
        this.#path.pop();
        this.#skipSpace();
      } while (this.#continues(CLOSING_BRACE));
    }
    this.#depth--;
    return object;
  }

  #readArray(): unknown[] {
    this.#enter();
    const array: unknown[] = [];
    if (!this.#closes(CLOSING_BRACKET)) {
      do {
        this.#skipSpace();
        this.#path.push(array.length);
        array.push(this.#readValue());
        this.#path.pop();
        this.#skipSpace();
      } while (this.#continues(CLOSING_BRACKET));
    }
    this.#depth--;
    return array;
  }

  #depth = 0;

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) this.#fail(`there are more than ${MAX_DEPTH} levels`);
    this.#at++;
  }

  /** Takes the closing bracket of an empty object or array. */
  #closes(bracket: number): boolean {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== bracket) return false;
    this.#at++;
    return true;
  }

  /** Takes the comma before a further element, or the closing bracket. */
  #continues(bracket: number): boolean {
    const code = this.#text.charCodeAt(this.#at);
    const more = code === COMMA;
    if (!more && code !== bracket) this.#fail(`a comma or "${String.fromCharCode(bracket)}" must stand here`);
    this.#at++;
    return more;
  }

  #readString(): string {
    const start = ++this.#at;
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) return this.#text.slice(start, this.#at++);
      if (code === BACKSLASH) return this.#readEscapedString(start);
      // NaN at the end of the text compares false with everything.
      if (!(code >= 0x20)) this.#fail('a string has no end or holds a control character');
    }
  }

  #readEscapedString(start: number): string {
    let value = this.#text.slice(start, this.#at);
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at++;
        return value;
      }
      if (!(code >= 0x20)) this.#fail('a string has no end or holds a control character');
      if (code === BACKSLASH) value += this.#readEscape();
      else value += this.#text[this.#at++];
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!UNICODE_ESCAPE.test(digits)) this.#fail('an escape is not four hex digits');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = Object.hasOwn(SIMPLE_ESCAPES, letter) ? SIMPLE_ESCAPES[letter] : undefined;
    if (character === undefined) this.#fail('there is no such escape');
    this.#at += 2;
    return character;
  }

  #readWord<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a JSON value must stand here');
    this.#at += word.length;
    return value;
  }

  #readNumber(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) this.#fail('a JSON value must stand here');
    this.#at = NUMBER.lastIndex;
    return Number(match[0]);
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(problem: string): never {
    throw new KeyholdError(
      'invalid_json',
      `The body is not JSON that can be read: at character ${this.#at + 1}, ${problem}.`,
    );
  }

  #refuseName(name: string): never {
    const field: FieldError = {
      pointer: toPointer([...this.#path, name]),
      message: `"${name}" is no field of any request; remove it`,
    };
    throw new KeyholdError('unknown_field', 'The body has a field that this call does not know.', {
      fields: [field],
    });
  }
}

/** A JSON Pointer (RFC 6901) from the steps to a value. A name longer than 64 characters is cut. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
