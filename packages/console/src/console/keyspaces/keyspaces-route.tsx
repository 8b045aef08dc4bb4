import { PageHeader } from '../ui/page-header.tsx';

export function KeyspacesRoute() {
  return <PageHeader title="Keyspaces" />;
}
