import { useRef } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';

/** Leads through pages that are known by cursors. Where the way back is not known, it leads to the first page. */
export function CursorPager(props: {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null;
  readonly onPage: (cursor: string | undefined) => void;
}) {
  const { cursor, nextCursor, onPage } = props;
  const before = useRef(new Map<string, string | undefined>());
  if (cursor === undefined && nextCursor === null) return null;
  const isKnown = cursor !== undefined && before.current.has(cursor);
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-end gap-2">
      {cursor !== undefined && (
        <Button onClick={() => onPage(before.current.get(cursor))}>
          <Icon name="previous" />
          {isKnown ? 'Previous' : 'First page'}
        </Button>
      )}
      <Button
        disabled={nextCursor === null}
        onClick={() => {
          if (nextCursor === null) return;
          before.current.set(nextCursor, cursor);
          onPage(nextCursor);
          scrollTo({ top: 0 });
        }}
      >
        Next
        <Icon name="next" />
      </Button>
    </nav>
  );
}
