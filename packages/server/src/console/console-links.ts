import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, InvitationId } from '@keyhold/core';
import { createMacTokens, type MacTokens } from '../http/mac-token.ts';

/** What the store's secret for the console is called. */
export const CONSOLE_SECRET = 'console';

const SETUP_MAX_AGE_MS = 24 * 3_600_000;
const SETUP = /^khsu_([0-9a-z]{1,11})_([A-Za-z0-9_-]{43})$/;

/** The codes behind the # of the console's links. */
export interface ConsoleLinks {
  /** Good for a day, for as long as there is nobody. */
  createSetUpPath(): string;
  isSetUpCode(code: string): boolean;
  toInvitationPath(id: InvitationId): string;
  readInvitation(code: string): InvitationId | null;
}

/** @param macKey 32 secret bytes, the same on every node and after a restart. */
export function createConsoleLinks({
  clock,
  macKey,
}: {
  readonly clock: Clock;
  readonly macKey: Uint8Array;
}): ConsoleLinks {
  const invitations: MacTokens<InvitationId> = createMacTokens(macKey, {
    prefix: 'khin_',
    idPrefix: 'inv_',
    label: 'console invitation',
  });
  function macOf(issued: string): string {
    return createHmac('sha256', macKey).update(`console set-up ${issued}`).digest('base64url');
  }
  return {
    createSetUpPath() {
      const issued = clock.nowMs().toString(36);
      return `/console/setup#khsu_${issued}_${macOf(issued)}`;
    },
    isSetUpCode(code) {
      const [, issued, mac] = SETUP.exec(code) ?? [];
      if (issued === undefined || mac === undefined) return false;
      const ageMs = clock.nowMs() - Number.parseInt(issued, 36);
      return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(issued))) && ageMs < SETUP_MAX_AGE_MS;
    },
    toInvitationPath: (id) => `/console/invitation#${invitations.write(id)}`,
    readInvitation: (code) => invitations.readId(code),
  };
}
