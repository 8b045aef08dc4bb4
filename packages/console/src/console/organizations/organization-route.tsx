import { PageHeader } from '../ui/page-header.tsx';

export function OrganizationRoute() {
  return <PageHeader title="Organization" />;
}
