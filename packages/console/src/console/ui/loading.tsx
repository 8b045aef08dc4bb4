/** Rows to come, of the height that they will have. */
export function LoadingRows({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div role="status" className="mt-4 border-t border-line">
      <span className="sr-only">Loading…</span>
      {WIDTHS.slice(0, rows).map((width) => (
        <div key={width} className="flex items-center justify-between gap-6 border-b border-line py-3.5">
          <div className={`kh-shimmer h-4 ${width}`} />
          <div className="kh-shimmer h-4 w-24" />
        </div>
      ))}
    </div>
  );
}

const WIDTHS = ['w-40', 'w-56', 'w-32', 'w-48', 'w-44', 'w-36'];

/** A whole view to come. */
export function LoadingView() {
  return (
    <div aria-busy="true">
      <div className="kh-shimmer h-8 w-44" />
      <LoadingRows />
    </div>
  );
}
