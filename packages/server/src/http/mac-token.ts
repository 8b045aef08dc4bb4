import { createHmac, timingSafeEqual } from 'node:crypto';

/** Texts that carry an id and a MAC, so that one that was never given is known without asking the store. */
export interface MacTokens<Id extends string> {
  write(id: Id): string;
  /** Null: it was never written here. */
  readId(text: string): Id | null;
}

/** What tells the texts for one purpose from all others, and from every key. */
export interface TokenPurpose<Id extends string> {
  /** How the text begins; the id's own prefix is not repeated. */
  readonly prefix: string;
  readonly idPrefix: Id extends `${infer Prefix}_${string}` ? `${Prefix}_` : never;
  /** Under which the MAC is made. */
  readonly label: string;
}

const SUFFIX_AND_MAC = /^([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

/** @param macKey 32 secret bytes, the same on every node and after a restart. */
export function createMacTokens<Id extends string>(
  macKey: Uint8Array,
  { prefix, idPrefix, label }: TokenPurpose<Id>,
): MacTokens<Id> {
  function macOf(id: string): string {
    return createHmac('sha256', macKey).update(`${label} ${id}`).digest('base64url');
  }
  return {
    write: (id) => `${prefix}${id.slice(idPrefix.length)}_${macOf(id)}`,
    readId(text) {
      if (!text.startsWith(prefix)) return null;
      const [, suffix, mac] = SUFFIX_AND_MAC.exec(text.slice(prefix.length)) ?? [];
      if (suffix === undefined || mac === undefined) return null;
      const id = `${idPrefix}${suffix}`;
      // As texts, because base64url lets the last character's spare bits vary.
      const isGiven = timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(id)));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it begins with the prefix of its kind
      return isGiven ? (id as unknown as Id) : null;
    },
  };
}
