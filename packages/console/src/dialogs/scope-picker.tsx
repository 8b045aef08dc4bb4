import type { KeysPageSession } from '@keyhold/api/keys-page';
import { useId } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';

/** The scopes, each with the operations that it opens. */
export function ScopePicker({
  scopes,
  chosen,
  onChange,
  error,
}: {
  readonly scopes: NonNullable<KeysPageSession['scopes']>;
  readonly chosen: readonly string[];
  readonly onChange: (scopes: readonly string[]) => void;
  readonly error: string | null;
}) {
  const { say } = useSurroundings();
  const id = useId();
  return (
    <fieldset aria-describedby={error === null ? undefined : `${id}-error`}>
      <legend className="mb-1.5 text-sm font-semibold">{say('scopesLabel')}</legend>
      <div className="divide-y divide-line rounded-kh border border-line">
        {scopes.map(({ name, operations }) => (
          <div key={name} className="px-3.5 py-2.5">
            <label className="flex cursor-pointer items-center gap-2.5 text-sm coarse:min-h-8">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={chosen.includes(name)}
                onChange={({ target }) =>
                  onChange(target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))
                }
              />
              <span className="font-medium">{name}</span>
            </label>
            <details className="ml-6.5 text-[0.8125rem] text-soft">
              <summary className="w-fit cursor-pointer rounded-sm hover:text-ink">
                {operations.length === 1
                  ? say('operationsOne')
                  : say('operationsCount', { count: operations.length })}
              </summary>
              <ul className="mt-1 grid gap-0.5 font-mono text-xs">
                {operations.map((operation) => (
                  <li key={operation} className="wrap-anywhere">
                    {operation}
                  </li>
                ))}
              </ul>
            </details>
          </div>
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
