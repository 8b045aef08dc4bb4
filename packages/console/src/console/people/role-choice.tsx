import type { PersonRole } from '@keyhold/api/console';
import { Choices } from '../../ui/field.tsx';
import { ROLE_MEANINGS, ROLE_NAMES } from '../session/roles.ts';

const ROLES: readonly PersonRole[] = ['owner', 'operator', 'read_only'];

export function RoleChoice(props: {
  readonly role: PersonRole;
  readonly onChange: (role: PersonRole) => void;
}) {
  return (
    <Choices
      legend="Role"
      options={ROLES.map((value) => ({ value, label: ROLE_NAMES[value] }))}
      value={props.role}
      onChange={props.onChange}
      note={ROLE_MEANINGS[props.role]}
    />
  );
}
