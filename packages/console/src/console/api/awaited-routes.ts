import type {
  BulkChangedKeysBody,
  KeyActivityBody,
  KeyBody,
  KeyspaceBody,
  OrganizationBody,
  OverviewBody,
  VerdictListBody,
} from '@keyhold/api';

/** Calls that the table of operations does not have yet, or not with all of their query, as they will be. */
export interface AwaitedRoutes {
  'GET /v1/keyspaces': { readonly answer: { readonly data: readonly KeyspaceBody[] } };
  'GET /v1/overview': { readonly answer: OverviewBody };
  'GET /v1/organizations': {
    readonly query: {
      readonly search?: string | undefined;
      readonly suspended?: 'true' | 'false' | undefined;
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: { readonly data: readonly OrganizationBody[]; readonly next_cursor: string | null };
  };
  'GET /v1/keys': {
    readonly query: {
      readonly search?: string | undefined;
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      readonly state?: KeyBody['state'] | undefined;
      readonly safety?: 'never_expires' | 'idle_90_days' | 'never_used' | 'expiring_soon' | undefined;
      readonly sort?: string | undefined;
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: { readonly data: readonly KeyBody[]; readonly next_cursor: string | null };
  };
  'GET /v1/keys/{id}/activity': {
    readonly params: { readonly id: string };
    readonly answer: KeyActivityBody;
  };
  'POST /v1/keys/bulk': {
    readonly body: {
      readonly action: 'revoke' | 'disable' | 'enable';
      readonly ids: readonly string[];
      readonly expected_count: number;
      readonly reason?: string;
    };
    readonly answer: BulkChangedKeysBody;
  };
  'GET /v1/verdicts': {
    readonly query: {
      readonly after?: string | undefined;
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      readonly key?: string | undefined;
      readonly outcome?: 'accepted' | 'denied' | undefined;
    };
    readonly answer: VerdictListBody;
  };
  'GET /v1/audit-events': {
    readonly query: {
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      readonly subject?: string | undefined;
      readonly actor?: string | undefined;
      readonly action?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: { readonly data: readonly AuditEventBody[]; readonly next_cursor: string | null };
  };
}

export interface AuditEventBody {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly subject: { readonly kind: string; readonly id: string };
  readonly keyspace: string | null;
  readonly organization: string | null;
  readonly request_id: string | null;
  readonly source_address: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}
