/**
 * Keys on their way from one table to another, in bytes: an id is 16 of them and a digest 32, and neither becomes a text
 * that only the garbage collector sees. What many keys share stands once, in front.
 *
 * A page is a version, the length of its header, the header (JSON), how many keys follow, and the keys. Numbers are
 * little-endian. A key is 47 bytes (`KEY_FIELDS`), its name in UTF-8, then 44 bytes a secret.
 */
export interface KeyPage {
  readonly organizations: readonly string[];
  readonly profiles: readonly PageProfile[];
  readonly addressLists: readonly (readonly string[])[];
  readonly keys: Iterable<PageKey>;
}

/** A page with all of its keys at hand. */
export interface WholeKeyPage extends KeyPage {
  readonly keys: readonly PageKey[];
}

/** Keyspace, environment and granted scopes. */
export interface PageProfile {
  readonly keyspace: string;
  readonly environment: string | null;
  readonly scopes: readonly string[];
}

/** `organization`, `profile` and `addresses` are places in the lists of the page. */
export interface PageKey {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly number: number;
  readonly organization: number;
  readonly profile: number;
  readonly addresses: number;
  /** Infinity: never. */
  readonly expiresAtMs: number;
  readonly revoked: boolean;
  readonly disabled: boolean;
  /** UTF-8, at most 65,535 bytes. */
  readonly name: Uint8Array;
  /** Oldest first; never empty. */
  readonly secrets: readonly PageSecret[];
}

export interface PageSecret {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  readonly generation: number;
  /** Infinity: with its key. */
  readonly notAfterMs: number;
}

const VERSION = 1;
const ID_BYTES = 16;
const DIGEST_BYTES = 32;
const SECRET_BYTES = DIGEST_BYTES + 4 + 8;
/** Where the fields of a key stand behind its id. */
const KEY_FIELDS = {
  number: 16,
  organization: 20,
  profile: 24,
  addresses: 28,
  expiresAtMs: 32,
  flags: 40,
  nameBytes: 41,
  secrets: 43,
  end: 47,
} as const;
const REVOKED = 1;
const DISABLED = 2;

export function printKeyPage(page: WholeKeyPage): Uint8Array {
  const { organizations, profiles, addressLists, keys } = page;
  const header = Buffer.from(JSON.stringify({ organizations, profiles, addressLists }));
  const keyBytes = keys.reduce(
    (sum, { name, secrets }) => sum + KEY_FIELDS.end + name.length + secrets.length * SECRET_BYTES,
    0,
  );
  const bytes = new Uint8Array(1 + 4 + header.length + 4 + keyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint32(1, header.length, true);
  bytes.set(header, 5);
  view.setUint32(5 + header.length, keys.length, true);
  let at = 9 + header.length;
  for (const key of keys) {
    bytes.set(key.id, at);
    view.setUint32(at + KEY_FIELDS.number, key.number, true);
    view.setUint32(at + KEY_FIELDS.organization, key.organization, true);
    view.setUint32(at + KEY_FIELDS.profile, key.profile, true);
    view.setUint32(at + KEY_FIELDS.addresses, key.addresses, true);
    view.setFloat64(at + KEY_FIELDS.expiresAtMs, key.expiresAtMs, true);
    view.setUint8(at + KEY_FIELDS.flags, (key.revoked ? REVOKED : 0) | (key.disabled ? DISABLED : 0));
    view.setUint16(at + KEY_FIELDS.nameBytes, key.name.length, true);
    view.setUint32(at + KEY_FIELDS.secrets, key.secrets.length, true);
    at += KEY_FIELDS.end;
    bytes.set(key.name, at);
    at += key.name.length;
    for (const { digest, generation, notAfterMs } of key.secrets) {
      bytes.set(digest, at);
      view.setUint32(at + DIGEST_BYTES, generation, true);
      view.setFloat64(at + DIGEST_BYTES + 4, notAfterMs, true);
      at += SECRET_BYTES;
    }
  }
  return bytes;
}

/**
 * Takes a page apart: the lists at once, each key when it is asked for. A table of a million keys that is read page by page
 * then needs no more than its own memory; with all keys of a page at once it took 40 MB more (Node 26.10, November 2026).
 *
 * @returns ids, names and digests are parts of `bytes`; `keys` can be gone through once, and throws as this does.
 * @throws {RangeError} for what is no page.
 */
export function parseKeyPage(bytes: Uint8Array): KeyPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  /** @returns where they begin. */
  function take(count: number): number {
    const start = at;
    at += count;
    if (at > bytes.length) throw new RangeError('A page of keys ends before its last key.');
    return start;
  }
  const takeBytes = (count: number): Uint8Array => bytes.subarray(take(count), at);

  function parseSecret(): PageSecret {
    const digest = takeBytes(DIGEST_BYTES);
    const generation = view.getUint32(take(4), true);
    if (generation === 0) throw new RangeError('A page of keys has a secret without a generation.');
    return { digest, generation, notAfterMs: toInstant(view.getFloat64(take(8), true)) };
  }

  function parseKey(): PageKey {
    const start = take(KEY_FIELDS.end);
    const flags = view.getUint8(start + KEY_FIELDS.flags);
    const count = view.getUint32(start + KEY_FIELDS.secrets, true);
    if (flags > (REVOKED | DISABLED) || count === 0)
      throw new RangeError('A page of keys has a key that is none.');
    const name = takeBytes(view.getUint16(start + KEY_FIELDS.nameBytes, true));
    const secrets: PageSecret[] = [];
    while (secrets.length < count) secrets.push(parseSecret());
    return {
      id: bytes.subarray(start, start + ID_BYTES),
      number: view.getUint32(start + KEY_FIELDS.number, true),
      organization: placeIn(organizations, view.getUint32(start + KEY_FIELDS.organization, true)),
      profile: placeIn(profiles, view.getUint32(start + KEY_FIELDS.profile, true)),
      addresses: placeIn(addressLists, view.getUint32(start + KEY_FIELDS.addresses, true)),
      expiresAtMs: toInstant(view.getFloat64(start + KEY_FIELDS.expiresAtMs, true)),
      revoked: (flags & REVOKED) !== 0,
      disabled: (flags & DISABLED) !== 0,
      name,
      secrets,
    };
  }

  const version = view.getUint8(take(1));
  if (version !== VERSION)
    throw new RangeError(`This version does not know pages of keys of version ${version}.`);
  const { organizations, profiles, addressLists } = parseHeader(takeBytes(view.getUint32(take(4), true)));
  const count = view.getUint32(take(4), true);

  function* parseKeys(): Generator<PageKey, void, undefined> {
    for (let key = 0; key < count; key++) yield parseKey();
    if (at !== bytes.length) throw new RangeError('A page of keys goes on behind its last key.');
  }
  return { organizations, profiles, addressLists, keys: parseKeys() };
}

function placeIn(list: readonly unknown[], place: number): number {
  if (place >= list.length) throw new RangeError('A page of keys names what it does not list.');
  return place;
}

function toInstant(ms: number): number {
  if (Number.isNaN(ms)) throw new RangeError('A page of keys has a time that is none.');
  return ms;
}

function parseHeader(bytes: Uint8Array): Omit<KeyPage, 'keys'> {
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
