/**
 * What a mutation is called at its failpoints; the steps `after_rows`, `after_audit` and `after_change` exist for every one.
 */
const MUTATION_VERBS = [
  'configure',
  'create_organization',
  'patch_organization',
  'revoke_organization_keys',
  'issue',
  'import',
  'patch',
  'recycle',
  'revoke',
  'disable',
  'enable',
  'create_operator',
  'bootstrap',
  'revoke_operator',
] as const;

export type MutationVerb = (typeof MUTATION_VERBS)[number];

const STEPS = ['after_rows', 'after_audit', 'after_change'] as const;

/** Steps that only some mutations have, and those of the transaction around them. */
const PARTICULAR_FAILPOINTS = [
  'issue.after_key',
  'issue.after_secret',
  'issue.after_idempotency',
  'import.after_key',
  'import.after_secret',
  'recycle.after_old_secrets',
  'recycle.after_secret',
  'create_organization.after_idempotency',
  'create_operator.after_key',
  'create_operator.after_secret',
  'create_operator.after_idempotency',
  'bootstrap.after_key',
  'bootstrap.after_secret',
  'create_portal_session.after_rows',
  'create_portal_session.after_audit',
  'write_out.after_rows',
  'flush_usage.after_usage',
  'flush_usage.after_last_used',
  'commit.before',
  'commit.after',
  'migrate.before_commit',
  'migrate.after_commit',
] as const;

/** A named moment at which a test may make the store fail or kill the process. */
export type Failpoint = `${MutationVerb}.${(typeof STEPS)[number]}` | (typeof PARTICULAR_FAILPOINTS)[number];

/** Every failpoint there is; the contract suite walks them all. */
export const FAILPOINTS: readonly Failpoint[] = [
  ...MUTATION_VERBS.flatMap((verb) => STEPS.map((step): Failpoint => `${verb}.${step}`)),
  ...PARTICULAR_FAILPOINTS,
];
