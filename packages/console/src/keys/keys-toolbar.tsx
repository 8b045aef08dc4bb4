import type { KeysPageKey } from '@keyhold/api/keys-page';
import { classes } from '../ui/classes.ts';
import { SelectField } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { useSession, useSurroundings } from './surroundings.tsx';
import { readViewState, SORTS, STATES, type ViewState } from './view-state.ts';

export interface KeysToolbarProps {
  readonly all: readonly KeysPageKey[];
  readonly view: ViewState;
  readonly onView: (view: ViewState) => void;
}

/** Search and filters. Any of them leads back to the first page. */
export function KeysToolbar({ all, view, onView }: KeysToolbarProps) {
  const { say } = useSurroundings();
  const { environments } = useSession();
  const { page: _page, ...rest } = view;
  const change = (changed: Readonly<Record<string, unknown>>) =>
    onView(readViewState({ ...rest, ...changed }));
  const counts = STATES.map((state) => [state, all.filter((key) => key.state === state).length] as const);
  const present = counts.filter(([state, count]) => count > 0 || view.state === state);
  return (
    <search className="mt-7 flex flex-wrap items-center gap-2">
      <div className="relative min-w-52 flex-1 @2xl:max-w-72">
        <Icon
          name="search"
          className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-soft"
        />
        <input
          type="search"
          aria-label={say('search')}
          placeholder={say('searchPlaceholder')}
          value={view.q ?? ''}
          onChange={(event) => change({ q: event.target.value })}
          className="h-9 w-full rounded-kh border border-line bg-raised pr-3 pl-9 text-sm hover:border-strong coarse:h-11 coarse:text-base"
        />
      </div>
      {present.length > 1 && (
        <fieldset className="flex flex-wrap gap-0.5 rounded-kh bg-panel p-0.5">
          <legend className="sr-only">{say('filterState')}</legend>
          <StateButton
            label={say('filterAll')}
            count={all.length}
            isOn={view.state === undefined}
            onClick={() => change({ state: undefined })}
          />
          {present.map(([state, count]) => (
            <StateButton
              key={state}
              label={say(`state.${state}`)}
              count={count}
              isOn={view.state === state}
              onClick={() => change({ state })}
            />
          ))}
        </fieldset>
      )}
      {environments.length > 1 && (
        <SelectField
          label={say('filterEnvironment')}
          value={view.env ?? ''}
          onChange={(event) => change({ env: event.target.value })}
        >
          <option value="">{say('everyEnvironment')}</option>
          {environments.map((environment) => (
            <option key={environment}>{environment}</option>
          ))}
        </SelectField>
      )}
      <div className="@4xl:hidden">
        <SelectField
          label={say('sortBy')}
          value={view.sort ?? 'created'}
          onChange={(event) => change({ sort: event.target.value, reverse: undefined })}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {say(`sort.${sort}`)}
            </option>
          ))}
        </SelectField>
      </div>
    </search>
  );
}

function StateButton(props: {
  readonly label: string;
  readonly count: number;
  readonly isOn: boolean;
  readonly onClick: () => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={props.isOn}
      onClick={props.onClick}
      className={classes(
        'inline-flex h-8 items-center gap-1.5 rounded-md px-2.5 text-[0.8125rem] coarse:h-10',
        props.isOn ? 'bg-raised font-medium text-ink shadow-sm' : 'text-soft hover:text-ink',
      )}
    >
      {props.label} <span className="text-xs text-soft">{props.count}</span>
    </button>
  );
}
