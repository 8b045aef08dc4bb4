/**
 * Keys on their way from one table to another, in bytes: an id is 16 of them and a digest 32, and neither becomes a text
 * that only the garbage collector sees. What many keys share stands once, in front.
 *
 * A page is a version, the length of its header, the header (JSON), how many keys follow, and the keys. Numbers are
 * little-endian. A key is 47 bytes (`KEY_FIELDS`), its name in UTF-8, then 44 bytes a secret.
 */
export interface KeyPage extends SharedLists {
  readonly keys: readonly PageKey[];
}

/** What keys name by its place. */
export interface SharedLists {
  readonly organizations: readonly string[];
  readonly profiles: readonly PageProfile[];
  readonly addressLists: readonly (readonly string[])[];
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

export const VERSION = 1;

/** Where the fields of a key stand behind its id. */
export const KEY_FIELDS = {
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
export const REVOKED = 1;
export const DISABLED = 2;

/** Where the fields of a secret stand behind its digest. */
export const SECRET_FIELDS = { generation: 32, notAfterMs: 36, end: 44 } as const;

export function printKeyPage(page: KeyPage): Uint8Array {
  const { organizations, profiles, addressLists, keys } = page;
  const header = Buffer.from(JSON.stringify({ organizations, profiles, addressLists }));
  const keyBytes = keys.reduce(
    (sum, { name, secrets }) => sum + KEY_FIELDS.end + name.length + secrets.length * SECRET_FIELDS.end,
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
      view.setUint32(at + SECRET_FIELDS.generation, generation, true);
      view.setFloat64(at + SECRET_FIELDS.notAfterMs, notAfterMs, true);
      at += SECRET_FIELDS.end;
    }
  }
  return bytes;
}
