import type { KeyspaceBody } from '@keyhold/api';
import type { Verifier } from '@keyhold/coherence';
import { formatInstant, type KeyspaceDefinition } from '@keyhold/core';
import type { KeyFilter, RowCount, Store } from '@keyhold/store';
import type { Cluster } from '../cluster.ts';
import type { GuideDefinition } from '../guide/guide-definition.ts';
import type { UsageRecorder } from '../observability/usage-recorder.ts';
import { type AuthenticatedOperator, maySee } from '../operators/operator-authenticator.ts';
import type { PageAddresses } from '../pages/page-addresses.ts';
import type { Routes } from './call.ts';
import { toKeyId } from './visible-key.ts';

export interface InsightRoutesOptions {
  readonly store: Pick<Store, 'countKeys' | 'countOrganizations' | 'watchVerdicts' | 'listVerdicts'>;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly cluster: Pick<Cluster, 'listNodes'>;
  readonly usage: Pick<UsageRecorder, 'watch'>;
  /** One for each keyspace. */
  readonly guides: readonly GuideDefinition[];
  readonly pageAddresses: Pick<PageAddresses, 'guideUrl'>;
  readonly gatewayAddress: (keyspace: string) => string | null;
}

export function createInsightRoutes({
  store,
  verifier,
  cluster,
  usage,
  guides,
  pageAddresses,
  gatewayAddress,
}: InsightRoutesOptions): Routes<'listKeyspaces' | 'getOverview' | 'listVerdicts'> {
  async function describeKeyspace(
    definition: KeyspaceDefinition,
    { isPublic }: GuideDefinition,
  ): Promise<KeyspaceBody> {
    const { id } = definition;
    const total = await store.countKeys({ keyspace: id });
    const active = await store.countKeys({ keyspace: id, state: 'active' });
    return {
      ...toKeyspaceFields(definition),
      gateway: definition.gateway === undefined ? null : { url: gatewayAddress(id) },
      guide_url: isPublic ? pageAddresses.guideUrl(id) : null,
      keys: { active: toCount(active), total: toCount(total) },
    };
  }

  return {
    listKeyspaces: {
      async handle({ operator }) {
        const data: KeyspaceBody[] = [];
        for (const guide of guides) {
          const keyspace = maySee(operator, guide.keyspace) ? verifier.keyspace(guide.keyspace) : undefined;
          if (keyspace !== undefined) data.push(await describeKeyspace(keyspace.definition, guide));
        }
        return { status: 200, body: { data } };
      },
    },

    getOverview: {
      async handle({ operator }) {
        const count = async (filter: KeyFilter) =>
          toCount(await store.countKeys({ ...withinReach(operator), ...filter }));
        const { data: nodes } = await cluster.listNodes();
        return {
          status: 200,
          body: {
            keys: {
              active: await count({ state: 'active' }),
              disabled: await count({ state: 'disabled' }),
              expired: await count({ state: 'expired' }),
              revoked: await count({ state: 'revoked' }),
            },
            organizations: {
              total: toCount(await store.countOrganizations({})),
              suspended: toCount(await store.countOrganizations({ suspended: true })),
            },
            safety: {
              never_expires: await count({ safety: 'never_expires' }),
              idle_90_days: await count({ safety: 'idle_90_days' }),
              never_used: await count({ safety: 'never_used' }),
              expiring_soon: await count({ safety: 'expiring_soon' }),
            },
            nodes: nodes.length,
          },
        };
      },
    },

    listVerdicts: {
      async handle({ operator, query }) {
        const { after, keyspace, organization, key, outcome } = query;
        usage.watch();
        await store.watchVerdicts();
        const { data, next } = await store.listVerdicts({
          ...withinReach(operator),
          ...(after !== undefined && { after }),
          ...(keyspace !== undefined && { keyspace }),
          ...(organization !== undefined && { organization }),
          ...(key !== undefined && { keyId: toKeyId(key) }),
          ...(outcome !== undefined && { accepted: outcome === 'accepted' }),
        });
        const verdicts = data.map((verdict) => ({
          at: formatInstant(verdict.atMs),
          node: verdict.node,
          face: verdict.face,
          keyspace: verdict.keyspace,
          organization: verdict.organization,
          key_id: verdict.keyId,
          outcome: verdict.reason === null ? ('accepted' as const) : ('denied' as const),
          reason: verdict.reason,
          operation: verdict.operation,
          address: verdict.address,
        }));
        const sampled = data.some((verdict) => verdict.sampled);
        return { status: 200, body: { data: verdicts, next_after: next, sampled } };
      },
    },
  };
}

function withinReach({ keyspaces }: AuthenticatedOperator) {
  return keyspaces === null ? {} : { keyspaces };
}

function toCount({ value, atLeast }: RowCount) {
  return { value, at_least: atLeast };
}

function toKeyspaceFields(definition: KeyspaceDefinition) {
  const { id, title, environments, scopes, key, requiresFeature, retired, limits, recycle } = definition;
  return {
    id,
    title,
    environments: [...environments],
    scopes:
      scopes === null
        ? null
        : Object.fromEntries(Object.entries(scopes).map(([name, operations]) => [name, [...operations]])),
    format: key.format,
    masked: key.masked,
    requires_feature: requiresFeature,
    retired,
    limits: {
      active_keys_per_organization: limits.activeKeysPerOrganization,
      max_lifetime_seconds: limits.maxLifetimeMs === null ? null : limits.maxLifetimeMs / 1_000,
    },
    recycle: { max_grace_seconds: recycle.maxGraceMs / 1_000 },
  };
}
