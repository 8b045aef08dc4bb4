import { PageHeader } from '../ui/page-header.tsx';

export function ProfileRoute() {
  return <PageHeader title="Your profile" />;
}
