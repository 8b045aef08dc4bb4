import { PageHeader } from '../ui/page-header.tsx';

export function OperatorsRoute() {
  return <PageHeader title="Operator tokens" />;
}
