import { protect } from '../../../../keyhold.js';
import { findLeads } from '../../../../leads.js';

export const GET = protect(({ keyhold, nextUrl }) =>
  Response.json({ leads: findLeads(keyhold.organization, nextUrl.searchParams.get('city')) }),
);
