import { Choices, TextField } from '../../ui/field.tsx';

/** How a new secret reaches who is to have it. */
export interface HandOver {
  readonly way: 'response' | 'claim_link';
  readonly expiresIn: '1d' | '3d' | '7d' | '30d';
  /** Empty: the link alone opens it. */
  readonly passphrase: string;
}

export const USUAL_HAND_OVER: HandOver = { way: 'response', expiresIn: '3d', passphrase: '' };
const LEAST_PASSPHRASE = 8;

export function isHandOverReady({ way, passphrase }: HandOver): boolean {
  return way === 'response' || passphrase === '' || passphrase.length >= LEAST_PASSPHRASE;
}

/** The fields of a call that makes a secret. */
export function toHandOverFields({ way, expiresIn, passphrase }: HandOver) {
  if (way === 'response') return {};
  return {
    deliver: way,
    claim_link: { expires_in: expiresIn, ...(passphrase !== '' && { passphrase }) },
  };
}

/** Shown here once, or sent by a link that works once; and for a link, until when and with what. */
export function HandOverFields(props: {
  readonly value: HandOver;
  readonly onChange: (value: HandOver) => void;
}) {
  const { value, onChange } = props;
  const isWrong = !isHandOverReady(value);
  return (
    <>
      <Choices
        legend="Hand it over"
        options={[
          { value: 'response', label: 'Shown to me once' },
          { value: 'claim_link', label: 'By a link' },
        ]}
        value={value.way}
        onChange={(way) => onChange({ ...value, way })}
        note={
          value.way === 'response'
            ? 'You see it and pass it on.'
            : 'Only who opens the link sees it, once. Until then it opens nothing.'
        }
      />
      {value.way === 'claim_link' && (
        <>
          <Choices
            legend="The link works for"
            options={[
              { value: '1d', label: '1 day' },
              { value: '3d', label: '3 days' },
              { value: '7d', label: '7 days' },
              { value: '30d', label: '30 days' },
            ]}
            value={value.expiresIn}
            onChange={(expiresIn) => onChange({ ...value, expiresIn })}
            note="Unclaimed, the key is revoked then."
          />
          <TextField
            label="Passphrase"
            help="Asked of whoever opens the link. Send it by another way, or leave it out."
            error={isWrong ? `At least ${LEAST_PASSPHRASE} characters, or none.` : null}
            value={value.passphrase}
            onChange={(event) => onChange({ ...value, passphrase: event.target.value })}
          />
        </>
      )}
    </>
  );
}
