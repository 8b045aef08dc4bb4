/**
 * Waits for statements that were begun at once, because none needs the answer of another. They run in the order in which
 * they were begun, and PostgreSQL gets them in one message: what a mutation takes there is the number of its messages.
 *
 * Waits for all of them also when one fails, so that none runs after its mutation was undone.
 *
 * @throws what the first of them failed with.
 */
export async function together<const Statements extends readonly Promise<unknown>[]>(
  ...statements: Statements
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> {
  await Promise.allSettled(statements);
  return await Promise.all(statements);
}
