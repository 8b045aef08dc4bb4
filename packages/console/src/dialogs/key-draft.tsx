import type { KeysPageSession, PageIssueRequest } from '@keyhold/api/keys-page';
import { useState } from 'react';
import { allowedPresets, type ExpiryChoice, toExpiry } from '../keys/expiry-choice.ts';
import { useSurroundings } from '../keys/surroundings.tsx';
import { Choices, TextField } from '../ui/field.tsx';
import { ScopePicker } from './scope-picker.tsx';

/** What a keyspace lets be said of a new key. */
export type KeyRules = Pick<KeysPageSession, 'environments' | 'scopes' | 'max_lifetime_seconds'>;

interface DraftFields {
  readonly name: string;
  readonly environment: string;
  readonly scopes: readonly string[];
  readonly expiry: ExpiryChoice;
}

/** A key that is being described. */
export interface KeyDraft extends DraftFields {
  readonly rules: KeyRules;
  /** Null: never, undefined: none that can be. */
  readonly expiresAt: string | null | undefined;
  /** Where the keyspace ends every lifetime, when that would be. */
  readonly lastExpiryMs: number | null;
  readonly isTooFar: boolean;
  change(changed: Partial<DraftFields>): void;
  /** What to ask the server for; null: something lacks. */
  toRequest(): PageIssueRequest | null;
}

/** A new draft; for another keyspace, render whatever uses it under another `key`. */
export function useKeyDraft(rules: KeyRules, nowMs: number): KeyDraft {
  const presets = allowedPresets(rules.max_lifetime_seconds);
  const [fields, setFields] = useState<DraftFields>({
    name: '',
    environment: rules.environments[0] ?? '',
    scopes: [],
    expiry: { preset: presets[0] ?? 'date', day: '' },
  });
  const { name, environment, scopes, expiry } = fields;
  const expiresAt = toExpiry(expiry, nowMs);
  const lastExpiryMs =
    rules.max_lifetime_seconds === null ? null : nowMs + rules.max_lifetime_seconds * 1_000;
  const isTooFar =
    lastExpiryMs !== null && typeof expiresAt === 'string' && Date.parse(expiresAt) > lastExpiryMs;
  return {
    rules,
    ...fields,
    expiresAt,
    lastExpiryMs,
    isTooFar,
    change: (changed) => setFields((before) => ({ ...before, ...changed })),
    toRequest() {
      const lacksScopes = rules.scopes !== null && scopes.length === 0;
      if (name.trim() === '' || lacksScopes || expiresAt === undefined || isTooFar) return null;
      return {
        name: name.trim(),
        ...(rules.environments.length > 0 && { environment }),
        ...(rules.scopes !== null && { scopes: [...scopes] }),
        ...(expiresAt !== null && { expires_at: expiresAt }),
      };
    },
  };
}

/** The fields of a draft. Those that the keyspace does not have are not there. */
export function KeyFields(props: {
  readonly draft: KeyDraft;
  /** What lacks is said, from the first attempt on. */
  readonly isTold: boolean;
}) {
  const { say } = useSurroundings();
  const { draft, isTold } = props;
  const { rules, name, environment, scopes } = draft;
  return (
    <>
      <TextField
        label={say('nameLabel')}
        help={say('nameHelp')}
        error={isTold && name.trim() === '' ? say('nameMissing') : null}
        placeholder={say('namePlaceholder')}
        maxLength={100}
        value={name}
        onChange={(event) => draft.change({ name: event.target.value })}
      />
      {rules.environments.length > 0 && (
        <Choices
          legend={say('environmentLabel')}
          options={rules.environments.map((value) => ({ value, label: value }))}
          value={environment}
          onChange={(value) => draft.change({ environment: value })}
        />
      )}
      {rules.scopes !== null && (
        <ScopePicker
          scopes={rules.scopes}
          chosen={scopes}
          onChange={(value) => draft.change({ scopes: value })}
          error={isTold && scopes.length === 0 ? say('scopesMissing') : null}
        />
      )}
      <ExpiryField draft={draft} isTold={isTold} />
    </>
  );
}

function ExpiryField({ draft, isTold }: { readonly draft: KeyDraft; readonly isTold: boolean }) {
  const { say, time } = useSurroundings();
  const { expiry, expiresAt, lastExpiryMs, isTooFar, rules } = draft;
  function describe(): string {
    if (isTooFar && lastExpiryMs !== null)
      return say('expiryTooFar', { when: time.date(new Date(lastExpiryMs).toISOString()) });
    if (expiresAt === undefined) return say('expiryPast');
    return expiresAt === null ? say('expiryNever') : say('expiryOn', { when: time.date(expiresAt) });
  }
  const isWrong = (expiresAt === undefined || isTooFar) && (isTold || expiry.day !== '');
  return (
    <div className="grid gap-3">
      <Choices
        legend={say('expiryLabel')}
        options={allowedPresets(rules.max_lifetime_seconds).map((value) => ({
          value,
          label: say(`expiry.${value}`),
        }))}
        value={expiry.preset}
        onChange={(preset) => draft.change({ expiry: { ...expiry, preset } })}
        note={expiry.preset === 'date' ? undefined : describe()}
      />
      {expiry.preset === 'date' && (
        <TextField
          type="date"
          label={say('expiryDate')}
          help={expiry.day === '' ? '' : describe()}
          error={isWrong ? describe() : null}
          value={expiry.day}
          onChange={(event) => draft.change({ expiry: { ...expiry, day: event.target.value } })}
        />
      )}
    </div>
  );
}
