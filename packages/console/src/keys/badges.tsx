import type { KeysPageKey } from '@keyhold/api/keys-page';
import type { ReactNode } from 'react';
import { useSession, useSurroundings } from './surroundings.tsx';

const SOON_MS = 7 * 86_400_000;

function Badge({ tone, children }: { readonly tone: string; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center rounded-full border px-2 text-xs leading-5 font-medium ${tone}`}
    >
      {children}
    </span>
  );
}

const TONES = {
  disabled: 'border-warn/40 text-warn',
  expired: 'border-strong/50 text-soft',
  revoked: 'border-strong/50 text-soft',
} as const;

/** What has to be known of a key besides that it works. */
export function KeyBadges({
  row,
  nowMs,
}: {
  readonly row: Pick<
    KeysPageKey,
    'state' | 'expires_at' | 'grace_until' | 'claim_until' | 'link_tried_again_at'
  >;
  readonly nowMs: number;
}) {
  const { say, time } = useSurroundings();
  const { state, expires_at, grace_until, claim_until, link_tried_again_at } = row;
  if (state !== 'active' && state !== 'disabled')
    return <Badge tone={TONES[state]}>{say(`state.${state}`)}</Badge>;
  const expiresSoon = expires_at !== null && Date.parse(expires_at) - nowMs < SOON_MS;
  return (
    <>
      {state === 'disabled' && <Badge tone={TONES.disabled}>{say('state.disabled')}</Badge>}
      {expiresSoon && (
        <Badge tone="border-warn/40 text-warn">
          {say('expiresSoon', { when: time.relative(expires_at, nowMs) })}
        </Badge>
      )}
      {claim_until !== null && (
        <Badge tone="border-accent/40 text-accent">
          {say('waiting', { when: time.relative(claim_until, nowMs) })}
        </Badge>
      )}
      {link_tried_again_at !== null && <Badge tone="border-warn/40 text-warn">{say('linkTriedAgain')}</Badge>}
      {grace_until !== null && (
        <Badge tone="border-accent/40 text-accent">
          {say('oldStops', { when: time.relative(grace_until, nowMs) })}
        </Badge>
      )}
    </>
  );
}

/** Who made a key, in words. */
export function Creator({ row }: { readonly row: KeysPageKey }) {
  const { say } = useSurroundings();
  const { title } = useSession();
  const { kind, name } = row.created_by;
  return say(`by.${kind}`, { name: name ?? '', api: title });
}

/** An instant as people say it, the exact one on hover. */
export function When({ instant, children }: { readonly instant: string; readonly children: ReactNode }) {
  const { time } = useSurroundings();
  return (
    <time dateTime={instant} title={time.exact(instant)}>
      {children}
    </time>
  );
}
