import { Drawing } from '../../ui/icons.tsx';

const PATHS = {
  overview: 'M2.5 2.5h4.5v5h-4.5zM9 2.5h4.5v3H9zM9 8h4.5v5.5H9zM2.5 10h4.5v3.5h-4.5z',
  keys: 'M10.5 9.5a4 4 0 1 0-3.9-3.1L2 11v3h3v-2h2v-2h1.2c.7.3 1.5-.5 2.3-.5ZM11.2 4.8h.01',
  organizations: 'M3 14V2.5h6.5V14M9.5 6.5H13V14M1.5 14h13M5.2 5.5h2M5.2 8.2h2M5.2 11h2',
  live: 'M1.5 8.5h3l2-5.5 3 10.5 2-5h3',
  audit: 'M4 2h8.5v12H4zM6.5 5.5H10M6.5 8H10M6.5 10.5h2',
  keyspaces: 'm8 2 6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  operators: 'm3 4.5 3.5 3.5L3 11.5M8.5 12H13',
  people:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.7 2.8a2.5 2.5 0 0 1 0 4.5M12 9.8c1.6.5 2.6 1.8 2.6 3.7',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'm4 4 8 8M12 4l-8 8',
  leave: 'M6 2.5H3v11h3M10.5 5 13.5 8l-3 3M13 8H6.5',
  download: 'M8 2.5v7.5m-3-3 3 3 3-3M2.5 13.5h11',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  external: 'M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13.5 2.5 7.5 8.5',
} as const;

export type ConsoleIconName = keyof typeof PATHS;

export function ConsoleIcon(props: { readonly name: ConsoleIconName; readonly className?: string }) {
  return <Drawing path={PATHS[props.name]} className={props.className} />;
}
