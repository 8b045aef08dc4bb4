import type { OperatorScopeName } from '@keyhold/api';
import { useEffect, useState } from 'react';
import { useRead } from '../api/use-read.ts';
import { SECTIONS } from './sections.ts';

/** Somewhere to go to. */
export interface Place {
  readonly label: string;
  readonly kind: string;
  readonly href: string;
}

const ROWS = 5;
const SHORTEST_SEARCH = 2;
const TYPING_MS = 200;

/** What a text may mean: views at once, organizations and keys as soon as the server has said. */
export function usePlaces(text: string, scopes: readonly OperatorScopeName[]): readonly Place[] {
  const search = usePaused(text);
  const isAsked = search.length >= SHORTEST_SEARCH;
  const query = { search, limit: ROWS };
  const organizations = useRead(
    'GET /v1/organizations',
    { query },
    { enabled: isAsked && scopes.includes('organizations:read') },
  );
  const keys = useRead('GET /v1/keys', { query }, { enabled: isAsked && scopes.includes('keys:read') });
  const views = SECTIONS.flat()
    .filter(({ scope }) => scopes.includes(scope))
    .filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
    .map(({ label, to }) => ({ label, kind: 'View', href: `/console${to}` }));
  if (!isAsked) return views;
  return [
    ...views,
    ...(organizations.data?.data ?? []).map(({ id, name }) => ({
      label: name,
      kind: 'Organization',
      href: `/console/organizations/${encodeURIComponent(id)}`,
    })),
    ...(keys.data?.data ?? []).map(({ id, name, masked_key, organization }) => ({
      label: `${name} · ${masked_key}`,
      kind: `Key of ${organization}`,
      href: `/console/keys/${encodeURIComponent(id)}`,
    })),
  ];
}

/** The text once nobody types any more. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
