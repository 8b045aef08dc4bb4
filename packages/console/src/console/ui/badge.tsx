import type { ReactNode } from 'react';

const TONES = {
  plain: 'border-strong/50 text-soft',
  good: 'border-accent/40 text-accent',
  warn: 'border-warn/40 text-warn',
  danger: 'border-danger/40 text-danger',
} as const;

/** What has to be known of something besides that it is there. */
export function Badge(props: { readonly tone: keyof typeof TONES; readonly children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center rounded-full border px-2 text-xs leading-5 font-medium whitespace-nowrap ${TONES[props.tone]}`}
    >
      {props.children}
    </span>
  );
}

/** A name that stands for something in configuration: a feature, an environment, a scope. */
export function Label({ children }: { readonly children: ReactNode }) {
  return (
    <span className="inline-block rounded-md bg-panel px-1.5 font-mono text-xs leading-5 font-normal wrap-anywhere">
      {children}
    </span>
  );
}
