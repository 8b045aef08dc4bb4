import type { OrganizationBody } from '@keyhold/api';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { TextField } from '../../ui/field.tsx';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import { parseLabels } from '../ui/labels.ts';

/** Makes an organization, or changes what it is called and what it may have. */
export function EditOrganizationDialog(props: {
  /** Null: a new one. */
  readonly organization: OrganizationBody | null;
  readonly onClose: () => void;
}) {
  const { organization, onClose } = props;
  const client = useConsoleClient();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const tell = useTell();
  const attempt = useAttempt();
  const [id, setId] = useState('');
  const [name, setName] = useState(organization?.name ?? '');
  const [features, setFeatures] = useState(organization?.features.join(', ') ?? '');
  const [tags, setTags] = useState(organization?.tags.join(', ') ?? '');
  const [isTold, setTold] = useState(false);
  const lacksName = name.trim() === '';

  async function save() {
    const fields = {
      name: name.trim(),
      features: [...parseLabels(features)],
      tags: [...parseLabels(tags)],
    };
    if (organization === null) {
      const body = { ...fields, ...(id.trim() !== '' && { id: id.trim() }) };
      const made = await client.call('POST /v1/organizations', { body });
      await refresh('GET /v1/organizations');
      onClose();
      await navigate({ to: '/organizations/$id', params: { id: made.id } });
      return;
    }
    await client.call('PATCH /v1/organizations/{id}', { params: { id: organization.id }, body: fields });
    onClose();
    tell(`“${fields.name}” is saved.`);
    await refresh('GET /v1/organizations', 'GET /v1/organizations/{id}', 'GET /v1/audit-events');
  }
  return (
    <DialogFrame
      title={organization === null ? 'New organization' : `Edit “${organization.name}”`}
      onClose={onClose}
    >
      <DialogForm
        submit={organization === null ? 'Create organization' : 'Save'}
        busyLabel="Saving…"
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => {
          setTold(true);
          if (!lacksName) void attempt.run(save);
        }}
        onCancel={onClose}
      >
        <TextField
          autoFocus
          label="Name"
          maxLength={100}
          error={isTold && lacksName ? 'Give the organization a name.' : null}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {organization === null && (
          <TextField
            label="Id"
            help="Your own id of this customer: letters, digits and . _ : -. Made for you when left out."
            maxLength={64}
            value={id}
            onChange={(event) => setId(event.target.value)}
          />
        )}
        <TextField
          label="Features"
          help="What it has switched on, separated by commas. One that is left out stops working at once."
          value={features}
          onChange={(event) => setFeatures(event.target.value)}
        />
        <TextField
          label="Tags"
          help="Words of your own, separated by commas."
          value={tags}
          onChange={(event) => setTags(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
