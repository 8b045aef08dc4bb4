import { useId } from 'react';

/** Any of a few, each with what it means. */
export function CheckList<Value extends string>(props: {
  readonly legend: string;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly note?: string }[];
  readonly chosen: readonly Value[];
  readonly onChange: (chosen: readonly Value[]) => void;
  readonly error: string | null;
}) {
  const { legend, options, chosen, onChange, error } = props;
  const id = useId();
  return (
    <fieldset aria-describedby={error === null ? undefined : `${id}-error`}>
      <legend className="mb-1.5 text-sm font-semibold">{legend}</legend>
      <div className="divide-y divide-line rounded-kh border border-line">
        {options.map(({ value, label, note }) => (
          <label key={value} className="flex cursor-pointer gap-2.5 px-3.5 py-2 text-sm coarse:min-h-11">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-accent"
              checked={chosen.includes(value)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
              }
            />
            <span>
              <span className="font-medium">{label}</span>
              {note !== undefined && <span className="block text-[0.8125rem] text-soft">{note}</span>}
            </span>
          </label>
        ))}
      </div>
      {error !== null && (
        <p id={`${id}-error`} className="mt-1.5 text-[0.8125rem] text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
