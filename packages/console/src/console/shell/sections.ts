import type { OperatorScopeName } from '@keyhold/api';
import type { ConsoleIconName } from '../ui/console-icon.tsx';

interface Section {
  readonly to:
    | '/'
    | '/keys'
    | '/organizations'
    | '/live'
    | '/audit'
    | '/keyspaces'
    | '/operators'
    | '/people';
  readonly label: string;
  readonly icon: ConsoleIconName;
  /** Who may not do this does not see it. */
  readonly scope: OperatorScopeName;
}

/** Where one can go, in two groups. */
export const SECTIONS: readonly (readonly Section[])[] = [
  [
    { to: '/', label: 'Overview', icon: 'overview', scope: 'keys:read' },
    { to: '/keys', label: 'Keys', icon: 'keys', scope: 'keys:read' },
    { to: '/organizations', label: 'Organizations', icon: 'organizations', scope: 'organizations:read' },
    { to: '/live', label: 'Live', icon: 'live', scope: 'audit:read' },
    { to: '/audit', label: 'Audit log', icon: 'audit', scope: 'audit:read' },
  ],
  [
    { to: '/keyspaces', label: 'Keyspaces', icon: 'keyspaces', scope: 'keys:read' },
    { to: '/operators', label: 'Operator tokens', icon: 'operators', scope: 'operators:write' },
    { to: '/people', label: 'People', icon: 'people', scope: 'operators:write' },
  ],
];
