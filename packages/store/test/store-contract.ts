import { describe } from 'vitest';
import type { OpenStore } from './_util.ts';
import { describeActivity } from './contract/activity.ts';
import { describeAuthorization } from './contract/authorization.ts';
import { describeBulkRevocation } from './contract/bulk-revocation.ts';
import { describeChangeLog } from './contract/change-log.ts';
import { describeClaimLinks } from './contract/claim-links.ts';
import { describeConfiguration } from './contract/configuration.ts';
import { describeCustomerPages } from './contract/customer-pages.ts';
import { describeFailpoints } from './contract/failpoints.ts';
import { describeIdempotency } from './contract/idempotency.ts';
import { describeKeyLife } from './contract/key-life.ts';
import { describeKeyLists } from './contract/key-lists.ts';
import { describeKeySearch } from './contract/key-search.ts';
import { describeOperators } from './contract/operators.ts';
import { describeOrganizations } from './contract/organizations.ts';
import { describePeople } from './contract/people.ts';
import { describeQuarantine } from './contract/quarantine.ts';
import { describeUsage } from './contract/usage.ts';

/** What "implements the store" means: every dialect passes all of it. */
export function describeStoreContract(name: string, open: OpenStore): void {
  describe(`${name}: a store`, () => {
    describeConfiguration(open);
    describeOrganizations(open);
    describeKeyLife(open);
    describeClaimLinks(open);
    describeKeyLists(open);
    describeKeySearch(open);
    describeBulkRevocation(open);
    describeAuthorization(open);
    describeOperators(open);
    describeQuarantine(open);
    describeIdempotency(open);
    describeUsage(open);
    describeActivity(open);
    describeCustomerPages(open);
    describePeople(open);
    describeChangeLog(open);
    describeFailpoints(open);
  });
}
