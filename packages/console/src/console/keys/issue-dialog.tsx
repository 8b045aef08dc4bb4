import type { KeyspaceBody } from '@keyhold/api';
import { type RefObject, useDeferredValue, useId, useRef, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { KeyFields, type KeyRules, useKeyDraft } from '../../dialogs/key-draft.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { Button } from '../../ui/button.tsx';
import { Choices, TextField } from '../../ui/field.tsx';
import { useRead, useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { Loaded } from '../ui/loaded.tsx';
import { HandOverFields, isHandOverReady, toHandOverFields, USUAL_HAND_OVER } from './hand-over.tsx';
import type { KeysSearch } from './keys-search.ts';
import { type ShownOnce, ShownOnceDialog, toShownOnce } from './shown-once.tsx';

export interface IssueDialogProps {
  /** What the list is narrowed to is what the key is most likely for. */
  readonly search: Pick<KeysSearch, 'keyspace' | 'organization'>;
  readonly onClose: () => void;
}

/** Issues a key of any keyspace, and shows it or its claim link once. */
export function IssueDialog({ search, onClose }: IssueDialogProps) {
  const keyspaces = useRead('GET /v1/keyspaces', {});
  const refresh = useRefresh();
  const isFollowed = useRef(false);
  const [shown, setShown] = useState<ShownOnce | null>(null);
  const [chosen, setChosen] = useState(search.keyspace);

  if (shown !== null) {
    // The list is read again once the key is gone from the page, not while it is shown.
    const close = () => {
      onClose();
      void refresh('GET /v1/keys', 'GET /v1/overview');
    };
    return <ShownOnceDialog shown={shown} onClose={close} />;
  }
  return (
    <DialogFrame title="Issue a key" isFollowed={isFollowed} onClose={onClose}>
      <Loaded query={keyspaces}>
        {({ data }) => {
          const open = data.filter(({ retired }) => !retired);
          const keyspace = open.find(({ id }) => id === chosen) ?? open[0];
          if (keyspace === undefined) return <NoKeyspace onClose={onClose} />;
          return (
            <>
              {open.length > 1 && (
                <div className="mt-4">
                  <Choices
                    legend="Keyspace"
                    options={open.map(({ id, title }) => ({ value: id, label: title ?? id }))}
                    value={keyspace.id}
                    onChange={setChosen}
                  />
                </div>
              )}
              <IssueForm
                key={keyspace.id}
                keyspace={keyspace}
                organization={search.organization ?? ''}
                isFollowed={isFollowed}
                onShown={setShown}
                onClose={onClose}
              />
            </>
          );
        }}
      </Loaded>
    </DialogFrame>
  );
}

function NoKeyspace({ onClose }: { readonly onClose: () => void }) {
  return (
    <>
      <p className="mt-2 text-soft">
        There is no keyspace that keys can be issued in: all of them are retired.
      </p>
      <div className="mt-5 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </>
  );
}

/** What the keyspace lets be said of a key. */
export function toKeyRules({ environments, scopes, limits }: KeyspaceBody): KeyRules {
  return {
    environments,
    scopes:
      scopes === null ? null : Object.entries(scopes).map(([name, operations]) => ({ name, operations })),
    max_lifetime_seconds: limits.max_lifetime_seconds,
  };
}

function IssueForm(props: {
  readonly keyspace: KeyspaceBody;
  readonly organization: string;
  readonly isFollowed: RefObject<boolean>;
  readonly onShown: (shown: ShownOnce) => void;
  readonly onClose: () => void;
}) {
  const { keyspace, isFollowed, onShown, onClose } = props;
  const client = useConsoleClient();
  const attempt = useAttempt();
  const [nowMs] = useState(Date.now);
  const draft = useKeyDraft(toKeyRules(keyspace), nowMs);
  const [organization, setOrganization] = useState(props.organization);
  const [handOver, setHandOver] = useState(USUAL_HAND_OVER);
  const [isTold, setTold] = useState(false);
  const limit = keyspace.limits.active_keys_per_organization;

  async function issue(request: NonNullable<ReturnType<typeof draft.toRequest>>) {
    const made = await client.call('POST /v1/keys', {
      body: {
        keyspace: keyspace.id,
        organization: organization.trim(),
        ...request,
        ...toHandOverFields(handOver),
      },
    });
    isFollowed.current = true;
    onShown(toShownOnce(made, null));
  }
  function submit() {
    setTold(true);
    const request = draft.toRequest();
    if (request === null || organization.trim() === '' || !isHandOverReady(handOver)) return;
    void attempt.run(() => issue(request));
  }
  return (
    <DialogForm
      submit="Issue key"
      busyLabel="Issuing…"
      isBusy={attempt.isBusy}
      error={attempt.error}
      onSubmit={submit}
      onCancel={onClose}
    >
      <OrganizationField
        value={organization}
        help={limit === null ? undefined : `At most ${limit} active keys each.`}
        error={isTold && organization.trim() === '' ? 'Whose key is it?' : null}
        onChange={setOrganization}
      />
      <KeyFields draft={draft} isTold={isTold} />
      <HandOverFields value={handOver} onChange={setHandOver} />
    </DialogForm>
  );
}

/** An organization's id, with those that begin with what was typed. */
function OrganizationField(props: {
  readonly value: string;
  readonly help: string | undefined;
  readonly error: string | null;
  readonly onChange: (value: string) => void;
}) {
  const { value, help = '', error, onChange } = props;
  const listId = useId();
  const search = useDeferredValue(value.trim());
  const found = useRead('GET /v1/organizations', { query: { search, limit: 10 } });
  return (
    <>
      <TextField
        label="Organization"
        placeholder="acme"
        list={listId}
        help={help}
        error={error}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={listId}>
        {found.data?.data.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
