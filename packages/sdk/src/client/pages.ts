/** A page of a list. */
export interface Page {
  readonly data: readonly unknown[];
  /** Null at the end. */
  readonly next_cursor: string | null;
}

/** The first page of a list when it is awaited, and everything from there on when it is iterated with `for await`. */
export type Pages<Each extends Page> = Promise<Each> & AsyncIterable<Each['data'][number]>;

/** @param read asks for a page; undefined: the first one. */
export function toPages<Each extends Page>(read: (cursor: string | undefined) => Promise<Each>): Pages<Each> {
  const first = read(undefined);
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      for (let page = await first; ; page = await read(page.next_cursor)) {
        yield* page.data;
        if (page.next_cursor === null) return;
      }
    },
  });
}
