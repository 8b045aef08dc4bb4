import type { ComponentProps } from 'react';
import { classes } from './classes.ts';

const KINDS = {
  primary: 'bg-accent text-on-accent border-transparent hover:brightness-110',
  danger: 'bg-danger text-on-danger border-transparent hover:brightness-110',
  plain: 'bg-raised text-ink border-line hover:border-strong',
  quiet: 'border-transparent bg-transparent text-soft hover:text-ink hover:bg-panel',
} as const;

/** What a button looks like, for links and parts that are no `button`. */
export function buttonClasses(kind: keyof typeof KINDS, className?: string): string {
  return classes(
    'inline-flex h-9 shrink-0 items-center justify-center gap-1.5 rounded-kh border px-3.5 text-sm font-medium whitespace-nowrap transition-colors select-none coarse:h-11',
    'disabled:opacity-50 aria-disabled:opacity-50',
    KINDS[kind],
    className,
  );
}

export function Button({
  kind = 'plain',
  className,
  ...props
}: ComponentProps<'button'> & { readonly kind?: keyof typeof KINDS }) {
  return <button type="button" {...props} className={buttonClasses(kind, className)} />;
}
