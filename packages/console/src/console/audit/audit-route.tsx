import { PageHeader } from '../ui/page-header.tsx';

export function AuditRoute() {
  return <PageHeader title="Audit log" />;
}
