import { PageHeader } from '../ui/page-header.tsx';

export function PeopleRoute() {
  return <PageHeader title="People" />;
}
