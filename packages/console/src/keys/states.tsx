import type { ReactNode } from 'react';
import { Icon } from '../ui/icons.tsx';
import { useSurroundings } from './surroundings.tsx';

/** What stands where the list would: nothing yet, nothing found, not loaded, or over. */
export function Notice({
  title,
  text,
  isAlert = false,
  isWhole = false,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly isAlert?: boolean;
  /** There is nothing else on the page, so this is its heading. */
  readonly isWhole?: boolean;
  readonly children?: ReactNode;
}) {
  const Heading = isWhole ? 'h1' : 'h2';
  return (
    <section
      role={isAlert ? 'alert' : undefined}
      className="mt-8 grid justify-items-center gap-1 rounded-kh border border-dashed border-line px-6 py-14 text-center"
    >
      <span className="mb-2 grid size-11 place-items-center rounded-full bg-panel text-soft">
        <Icon name="key" className="size-5" />
      </span>
      <Heading className="text-base font-semibold">{title}</Heading>
      <p className="max-w-md text-sm text-soft text-balance">{text}</p>
      {children !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{children}</div>}
    </section>
  );
}

/** Rows to come, of the height that they will have. */
export function LoadingRows() {
  const { say } = useSurroundings();
  return (
    <div role="status" className="mt-8 border-t border-line">
      <h1 className="sr-only">{say('title')}</h1>
      <span className="sr-only">{say('loading')}</span>
      {['w-40', 'w-56', 'w-32', 'w-48'].map((width) => (
        <div key={width} className="flex items-center justify-between gap-6 border-b border-line py-4">
          <div className="grid gap-2">
            <div className={`kh-shimmer h-4 ${width}`} />
            <div className="kh-shimmer h-3 w-28" />
          </div>
          <div className="kh-shimmer h-6 w-28" />
        </div>
      ))}
    </div>
  );
}
