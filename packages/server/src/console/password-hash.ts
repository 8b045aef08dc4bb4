import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyholdError, type RandomBytes } from '@keyhold/core';

const derive = promisify(argon2);

/**
 * OWASP's choice with the least memory (November 2026): 19 MiB, two passes. RFC 9106's second one takes 64 MiB and, on
 * one core, seven times as long; a log-in must stay cheap beside what else a small machine does.
 */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;

/** Off the event loop, on the threads that files and DNS need too. */
const AT_ONCE = 2;
const MAX_WAITING = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export interface PasswordHasher {
  /** Argon2id in the PHC string format. @throws {KeyholdError} `too_many_attempts`. */
  hash(password: string): Promise<string>;
  /**
   * @param hash null: nobody's; takes as long as somebody's, and is never right.
   * @throws {KeyholdError} `too_many_attempts`.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Passwords of people; a few at a time, and the others wait or are sent away. */
export function createPasswordHasher(randomBytes: RandomBytes): PasswordHasher {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function takeTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < AT_ONCE) running++;
    else if (waiting.length < MAX_WAITING) await new Promise<void>((resolve) => void waiting.push(resolve));
    else
      throw new KeyholdError('too_many_attempts', 'Too many people log in at once.', { retryAfterMs: 1_000 });
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  async function toTag(
    password: string,
    nonce: Uint8Array,
    cost: Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism' | 'tagLength'>,
  ): Promise<Buffer> {
    return await takeTurn(() => derive('argon2id', { ...cost, message: password.normalize('NFC'), nonce }));
  }

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await toTag(password, salt, COST);
      const { memory, passes, parallelism } = COST;
      return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${toText(salt)}$${toText(tag)}`;
    },
    async verify(password, hash) {
      const [, memory, passes, parallelism, salt, tag] = PHC.exec(hash ?? '') ?? [];
      if (salt === undefined || tag === undefined) {
        await toTag(password, new Uint8Array(SALT_BYTES), COST);
        return false;
      }
      const expected = Buffer.from(tag, 'base64');
      const cost = {
        memory: Number(memory),
        passes: Number(passes),
        parallelism: Number(parallelism),
        tagLength: expected.length,
      };
      return timingSafeEqual(expected, await toTag(password, Buffer.from(salt, 'base64'), cost));
    },
  };
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
