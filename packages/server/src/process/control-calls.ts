import { z } from 'zod';

const quarantine = z.object({
  keyspaces: z.array(z.object({ keyspace: z.string(), key_count: z.int() })),
  operators: z.array(z.object({ id: z.string(), name: z.string(), masked_token: z.string() })),
});

/** What a command on the same machine may ask of the owner of the data directory: each call's path, question and answer. */
export const CONTROL_CALLS = {
  /** Makes an operator token with every scope. */
  resetOperator: {
    path: '/operators/reset',
    request: z.strictObject({ name: z.string() }),
    answer: z.object({ id: z.string(), token: z.string() }),
  },
  /** The path of a link that makes the first person; `console_link_ended` when there is somebody. */
  createSetUpLink: {
    path: '/people/set-up-link',
    request: z.strictObject({}),
    answer: z.object({ path: z.string() }),
  },
  /** The path of a link that lets somebody in again. */
  resetPerson: {
    path: '/people/reset',
    request: z.strictObject({ email: z.string() }),
    answer: z.object({ id: z.string(), role: z.string(), path: z.string() }),
  },
  readQuarantine: { path: '/quarantine', request: z.strictObject({}), answer: quarantine },
  /** Enables what a restore disabled in a keyspace; of one organization, or with null of all. */
  releaseKeys: {
    path: '/quarantine/release-keys',
    request: z.strictObject({ keyspace: z.string(), organization: z.string().nullable() }),
    answer: z.object({ released_count: z.int() }),
  },
  releaseOperator: {
    path: '/quarantine/release-operator',
    request: z.strictObject({ id: z.templateLiteral(['op_', z.string()]) }),
    answer: z.object({ id: z.string(), name: z.string() }),
  },
} as const;

export type ControlCall = keyof typeof CONTROL_CALLS;
export type ControlRequest<Call extends ControlCall> = z.output<(typeof CONTROL_CALLS)[Call]['request']>;
export type ControlAnswer<Call extends ControlCall> = z.output<(typeof CONTROL_CALLS)[Call]['answer']>;

/** Throws {@link KeyholdError} to refuse. */
export type ControlCommands = {
  readonly [Call in ControlCall]: (request: ControlRequest<Call>) => Promise<ControlAnswer<Call>>;
};
