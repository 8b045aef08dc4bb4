import type { KeyWithSecretBody } from '@keyhold/api';
import { Reveal, type RevealWords } from '../../dialogs/reveal.tsx';
import { createOneTimeSecret, type OneTimeSecret } from '../../keys/one-time-secret.ts';
import { useSurroundings } from '../../keys/surroundings.tsx';

/** What a call that made a secret answered with, once: the key, or the link to it. */
export interface ShownOnce {
  readonly kind: 'key' | 'claim_link';
  readonly secret: OneTimeSecret;
  /** What this means for the secret before. */
  readonly note: string | null;
  /** When a link ends. */
  readonly claimUntil: string | null;
}

export function toShownOnce(made: KeyWithSecretBody, note: string | null): ShownOnce {
  const { key, claim_url: link } = made;
  return {
    kind: link === undefined ? 'key' : 'claim_link',
    secret: createOneTimeSecret(link ?? key ?? ''),
    note,
    claimUntil: made.claim_until,
  };
}

const LINK_WORDS: RevealWords = {
  text: 'This is the only time it is shown. Whoever opens it first gets the key, so send it to nobody else.',
  label: 'The claim link',
  copy: 'Copy link',
};

export function ShownOnceDialog(props: { readonly shown: ShownOnce; readonly onClose: () => void }) {
  const { shown, onClose } = props;
  const { say, time } = useSurroundings();
  const { kind, secret, note, claimUntil } = shown;
  function close() {
    secret.forget();
    onClose();
  }
  if (kind === 'key') {
    return <Reveal title={say('revealTitle')} note={note} paste={null} secret={secret} onClose={close} />;
  }
  const until = claimUntil === null ? null : `It works until ${time.exact(claimUntil)}.`;
  return (
    <Reveal
      title="Send this link"
      words={LINK_WORDS}
      note={[note, until].filter((text) => text !== null).join(' ')}
      paste={null}
      secret={secret}
      onClose={close}
    />
  );
}
