import { type ReactNode, useEffect, useRef, useState } from 'react';
import { SelectField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';

/** What narrows a list, above it. */
export function FilterBar({ children }: { readonly children: ReactNode }) {
  return (
    <search className="mt-6 flex flex-wrap items-center gap-2" aria-label="Filters">
      {children}
    </search>
  );
}

const TYPING_MS = 250;

/** Searches when one pauses typing, and at once by Enter. */
export function SearchField(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onSearch: (text: string) => void;
}) {
  const { label, placeholder, value, onSearch } = props;
  const [text, setText] = useState(value);
  const search = useRef(onSearch);
  useEffect(() => {
    search.current = onSearch;
  });
  // A search that came from the address, by a link or by going back, replaces what was typed.
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const { pathname } = location;
    const timer = setTimeout(() => {
      // Whoever is on the way to another view already is not called back from it.
      if (location.pathname === pathname) search.current(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <div className="relative min-w-48 flex-1 @3xl:max-w-80">
      <Icon
        name="search"
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-soft"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onSearch(text);
        }}
        className="h-9 w-full rounded-kh border border-line bg-raised pr-2 pl-8.5 text-sm hover:border-strong coarse:h-11 coarse:text-base"
      />
    </div>
  );
}

/** One of a few, or none of them. */
export function SelectFilter<Value extends string>(props: {
  readonly label: string;
  readonly all: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value | undefined;
  readonly onSelect: (value: Value | undefined) => void;
}) {
  const { label, all, options, value, onSelect } = props;
  return (
    <SelectField
      label={label}
      value={value ?? ''}
      onChange={(event) => onSelect(options.find((option) => option.value === event.target.value)?.value)}
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </SelectField>
  );
}

/** A day, or none. */
export function DayField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (day: string) => void;
}) {
  const { label, value, onChange } = props;
  return (
    <label className="flex items-center gap-2 text-sm text-soft">
      {label}
      <input
        type="date"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-9 rounded-kh border border-line bg-raised px-2 text-sm text-ink hover:border-strong coarse:h-11"
      />
    </label>
  );
}
