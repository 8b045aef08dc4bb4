import { PageHeader } from '../ui/page-header.tsx';

export function OrganizationsRoute() {
  return <PageHeader title="Organizations" />;
}
