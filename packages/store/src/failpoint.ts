/** What a mutation is called at its failpoints; the {@link STEPS} exist for every one. */
const MUTATION_VERBS = [
  'configure',
  'create_organization',
  'patch_organization',
  'revoke_organization_keys',
  'issue',
  'import',
  'patch',
  'recycle',
  'claim',
  'revoke',
  'disable',
  'enable',
  'change_keys',
  'create_operator',
  'bootstrap',
  'revoke_operator',
  'release_keys',
  'release_operator',
  'restore',
] as const;

export type MutationVerb = (typeof MUTATION_VERBS)[number];

/**
 * Around what every mutation ends with, at once: its audit events, the seq, the change, and the seq of its rows. What switches
 * keys writes their rows along with these, so that its `after_rows` comes right before them.
 */
const STEPS = ['after_rows', 'after_change'] as const;

/** Steps that only some mutations have, those of the transaction around them, and those of files. */
const PARTICULAR_FAILPOINTS = [
  'issue.after_number',
  'issue.after_key',
  'issue.after_secret',
  'issue.after_idempotency',
  'import.after_number',
  'import.after_key',
  'import.after_secret',
  'recycle.after_old_secrets',
  'recycle.after_secret',
  'claim.after_link',
  'create_organization.after_idempotency',
  'create_operator.after_number',
  'create_operator.after_key',
  'create_operator.after_secret',
  'create_operator.after_idempotency',
  'bootstrap.after_number',
  'bootstrap.after_key',
  'bootstrap.after_secret',
  'create_portal_session.after_rows',
  'create_portal_session.after_audit',
  'write_out.after_rows',
  'write_out.after_mark',
  'flush_usage.after_usage',
  'flush_usage.after_last_used',
  'commit.after_begin',
  'commit.before',
  'commit.after',
  'migrate.after_begin',
  'migrate.after_schema',
  'migrate.before_commit',
  'migrate.after_commit',
  'swap.after_copy',
  'swap.after_carry_over',
  'swap.after_complete',
  'swap.after_aside',
  'swap.after_rename',
] as const;

/** A named moment at which a test may make the store fail or kill the process. */
export type Failpoint = `${MutationVerb}.${(typeof STEPS)[number]}` | (typeof PARTICULAR_FAILPOINTS)[number];

/** Every failpoint there is; the contract suite walks them all. */
export const FAILPOINTS: readonly Failpoint[] = [
  ...MUTATION_VERBS.flatMap((verb) => STEPS.map((step): Failpoint => `${verb}.${step}`)),
  ...PARTICULAR_FAILPOINTS,
];
