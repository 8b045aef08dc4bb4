import { When } from '../../keys/badges.tsx';
import { useSurroundings } from '../../keys/surroundings.tsx';

/** An instant: how long ago or how soon, the exact time on hover. */
export function Moment({ at, never = 'Never' }: { readonly at: string | null; readonly never?: string }) {
  const { time } = useSurroundings();
  if (at === null) return <span className="text-soft">{never}</span>;
  return <When instant={at}>{time.relative(at, Date.now())}</When>;
}

/** The day of an instant, the exact time on hover. */
export function Day({ at, never = 'Never' }: { readonly at: string | null; readonly never?: string }) {
  const { time } = useSurroundings();
  if (at === null) return <span className="text-soft">{never}</span>;
  return <When instant={at}>{time.date(at)}</When>;
}
