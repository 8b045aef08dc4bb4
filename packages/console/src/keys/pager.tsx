import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { KEYS_PER_PAGE, type SelectedKeys } from './select-keys.ts';
import { useSurroundings } from './surroundings.tsx';

/** Leads through the pages; with one page there is nothing to lead through. */
export function Pager({
  selected,
  onPage,
}: {
  readonly selected: SelectedKeys;
  readonly onPage: (page: number) => void;
}) {
  const { say } = useSurroundings();
  const { keys, total, page, pages } = selected;
  if (pages === 1) return null;
  const first = (page - 1) * KEYS_PER_PAGE + 1;
  const range = say('pageRange', { first, last: first + keys.length - 1, total });
  return (
    <nav aria-label={range} className="mt-4 flex items-center justify-end gap-2 text-sm text-soft">
      <span className="mr-2">{range}</span>
      <Button
        aria-label={say('previousPage')}
        className="w-9 px-0!"
        disabled={page === 1}
        onClick={() => onPage(page - 1)}
      >
        <Icon name="previous" />
      </Button>
      <Button
        aria-label={say('nextPage')}
        className="w-9 px-0!"
        disabled={page === pages}
        onClick={() => onPage(page + 1)}
      >
        <Icon name="next" />
      </Button>
    </nav>
  );
}
