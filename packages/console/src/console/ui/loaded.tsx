import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CallFailed } from '../../api/call-failed.ts';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { LoadingRows } from './loading.tsx';

/** What was read, or what stands in its place: rows to come, or why there is nothing, with a way to try again. */
export function Loaded<Data>({
  query,
  missing,
  children,
}: {
  readonly query: UseQueryResult<Data>;
  /** What to say where there is no such thing (404): the whole view is of it. */
  readonly missing?: string;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error, isPlaceholderData } = query;
  if (error !== null && (data === undefined || isPlaceholderData)) {
    if (error instanceof CallFailed && error.status === 404 && missing !== undefined) {
      return <Notice isWhole isAlert title={missing} text="It was never there, or you may not see it." />;
    }
    const isRefused = error instanceof CallFailed && error.status >= 400 && error.status < 500;
    return (
      <Notice
        isAlert
        title={isRefused ? 'That could not be shown' : 'Keyhold could not be reached'}
        text={isRefused ? error.message : 'The connection failed or the service is busy.'}
      >
        <Button onClick={() => void query.refetch()}>Try again</Button>
      </Notice>
    );
  }
  if (data === undefined) return <LoadingRows />;
  return (
    <div
      aria-busy={isPlaceholderData}
      className={classes('transition-opacity', isPlaceholderData && 'opacity-60')}
    >
      {children(data)}
    </div>
  );
}
