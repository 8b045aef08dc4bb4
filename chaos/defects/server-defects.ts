/** Known bugs outside the protocol's core: a piece of a file, and what stands there instead. */
export const SERVER_DEFECTS: readonly {
  readonly name: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}[] = [
  {
    // A write returns when the process that it was asked of has applied it.
    name: 'barrier_does_not_wait',
    file: 'packages/coherence/src/authority.ts',
    right: "if ((await held) === 'pending')",
    wrong: 'if (false)',
  },
  {
    // Requests under way go on without a lease.
    name: 'in_flight_without_lease',
    file: 'packages/gateway/src/exchange.ts',
    right: 'return this.#held.length > 0 || !this.#context.options.verifier.mayAnswer();',
    wrong: 'return false;',
  },
];
