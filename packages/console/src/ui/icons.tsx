const PATHS = {
  plus: 'M8 3v10M3 8h10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  dots: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  copy: 'M5.5 5.5V3a1 1 0 0 1 1-1H13a1 1 0 0 1 1 1v6.5a1 1 0 0 1-1 1h-2.5M3 5.5h6.5a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1Z',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  arrow: 'M13 8H3m4-4L3 8l4 4',
  next: 'm6 3 5 5-5 5',
  previous: 'm10 3-5 5 5 5',
  down: 'M8 3v10m-4-4 4 4 4-4',
  up: 'M8 13V3M4 7l4-4 4 4',
  key: 'M10.5 9.5a4 4 0 1 0-3.9-3.1L2 11v3h3v-2h2v-2h1.2c.7.3 1.5-.5 2.300-.5ZM11.200 4.800h.01',
} as const;

/** A drawing beside a word, or on a button that has a label; it says nothing itself. */
export function Icon(props: { readonly name: keyof typeof PATHS; readonly className?: string }) {
  const { name, className } = props;
  return <Drawing path={PATHS[name]} className={className} strokeWidth={name === 'dots' ? 2 : 1.5} />;
}

export function Drawing({
  path,
  className = 'size-4',
  strokeWidth = 1.5,
}: {
  readonly path: string;
  readonly className?: string | undefined;
  readonly strokeWidth?: number;
}) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      className={className}
      fill="none"
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={path} />
    </svg>
  );
}
