import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';

const BOX =
  'h-9 w-full rounded-kh border bg-raised px-3 text-sm text-ink coarse:h-11 coarse:text-base border-strong';

/** A text field with its label, and a help or an error that screen readers tell with it. */
export function TextField({
  label,
  help,
  error,
  className,
  ...props
}: ComponentProps<'input'> & {
  readonly label: ReactNode;
  readonly help?: string;
  readonly error?: string | null;
}) {
  const id = useId();
  const note = error ?? help ?? '';
  return (
    <div className={classes('grid gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      <input
        id={id}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={typeof error === 'string'}
        aria-describedby={note === '' ? undefined : `${id}-note`}
        {...props}
        className={classes(BOX, typeof error === 'string' && 'border-danger')}
      />
      {note !== '' && (
        <p
          id={`${id}-note`}
          className={classes('text-[0.8125rem]', typeof error === 'string' ? 'text-danger' : 'text-soft')}
        >
          {note}
        </p>
      )}
    </div>
  );
}

/** One of a few, each to be seen at once. */
export function Choices<Value extends string>({
  legend,
  options,
  value,
  onChange,
  note,
  isWrong = false,
  isLegendHidden = false,
}: {
  readonly legend: string;
  /** Where it is clear from what stands around. */
  readonly isLegendHidden?: boolean;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly note?: ReactNode;
  readonly isWrong?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className="grid gap-1.5">
      <legend className={isLegendHidden ? 'sr-only' : 'mb-1.5 text-sm font-semibold'}>{legend}</legend>
      <div className="flex flex-wrap gap-1.5">
        {options.map((option) => (
          <label
            key={option.value}
            className={classes(
              'inline-flex h-8 cursor-pointer items-center rounded-kh border px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent coarse:h-11',
              option.value === value
                ? 'border-accent bg-accent/10 font-medium text-ink'
                : 'border-line text-soft hover:border-strong hover:text-ink',
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
      {note !== undefined && (
        <p className={classes('text-[0.8125rem]', isWrong ? 'text-danger' : 'text-soft')}>{note}</p>
      )}
    </fieldset>
  );
}

export function SelectField({
  label,
  children,
  ...props
}: ComponentProps<'select'> & { readonly label: string }) {
  return (
    <select
      aria-label={label}
      {...props}
      className="h-9 max-w-44 cursor-pointer rounded-kh border border-line bg-raised py-0 pr-2 pl-2.5 text-sm text-ink hover:border-strong coarse:h-11 coarse:text-base"
    >
      {children}
    </select>
  );
}
