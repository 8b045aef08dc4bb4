import { protect } from '../../../../../keyhold.js';
import { balanceOf } from '../../../../../leads.js';

export const GET = protect(({ keyhold }) => Response.json({ balance: balanceOf(keyhold.organization) }));
