import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/** What a new account may spend. */
const OPENING_CREDITS = 50;
const SEARCH_CREDITS = 1;
const CONTACT_CREDITS = 5;

const LEADS = [
  {
    id: 1,
    business: 'Harbour Dental',
    category: 'dentist',
    city: 'Bristol',
    email: 'desk@harbour-dental.example',
  },
  {
    id: 2,
    business: 'Smile & Sons',
    category: 'dentist',
    city: 'Bristol',
    email: 'hello@smile-sons.example',
  },
  { id: 3, business: 'Old Mill Bakery', category: 'bakery', city: 'Bath', email: 'orders@old-mill.example' },
  { id: 4, business: 'Rapid Plumbing', category: 'plumber', city: 'Cardiff', email: 'jobs@rapid.example' },
] as const;

/**
 * LocalLeads' API as it would be without a thought for keys: leads that cost credits, kept for each account. Who calls
 * stands in the headers that the gateway sets; a request without them did not come through it.
 */
export function createUpstream(database: DatabaseSync) {
  database.exec(`
    CREATE TABLE IF NOT EXISTS account (
      organization TEXT PRIMARY KEY, credits INTEGER NOT NULL CHECK (credits >= 0)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS contact (
      organization TEXT NOT NULL, lead INTEGER NOT NULL, PRIMARY KEY (organization, lead)
    ) STRICT`);
  const open = database.prepare(
    'INSERT INTO account (organization, credits) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const select = database.prepare('SELECT credits FROM account WHERE organization = ?');
  const charge = database.prepare(
    'UPDATE account SET credits = credits - ?1 WHERE organization = ?2 AND credits >= ?1',
  );
  const bought = database.prepare('SELECT 1 FROM contact WHERE organization = ? AND lead = ?');
  const buy = database.prepare('INSERT INTO contact (organization, lead) VALUES (?, ?)');

  function balance(organization: string): number {
    open.run(organization, OPENING_CREDITS);
    return Number(select.get(organization)?.['credits']);
  }

  /** False when the account has fewer credits than that; nothing is taken then. */
  function spend(organization: string, credits: number): boolean {
    balance(organization);
    return charge.run(credits, organization).changes === 1;
  }

  const app = new Hono<{ Variables: { organization: string } }>();

  app.use(async (c, next) => {
    const organization = c.req.header('keyhold-organization');
    if (organization === undefined) return c.json({ error: 'This API is reached through its gateway.' }, 403);
    c.set('organization', organization);
    return next();
  });

  app.get('/api/v1/credits/balance', (c) => c.json({ balance: balance(c.var.organization) }));

  app.get('/api/v1/leads', (c) => {
    if (!spend(c.var.organization, SEARCH_CREDITS))
      return c.json({ error: 'There are no credits left.' }, 402);
    const { category, city } = c.req.query();
    const found = LEADS.filter(
      (lead) =>
        (category === undefined || lead.category === category) && (city === undefined || lead.city === city),
    );
    return c.json({ leads: found.map(({ email: _email, ...visible }) => visible) });
  });

  // The first look at a lead's contact costs, every later one is free.
  app.post('/api/v1/leads/:id{[0-9]+}/contact', (c) => {
    const { organization } = c.var;
    const lead = LEADS.find(({ id }) => id === Number(c.req.param('id')));
    if (lead === undefined) return c.json({ error: 'There is no such lead.' }, 404);
    if (bought.get(organization, lead.id) === undefined) {
      if (!spend(organization, CONTACT_CREDITS))
        return c.json({ error: 'There are too few credits left.' }, 402);
      buy.run(organization, lead.id);
    }
    return c.json({ id: lead.id, email: lead.email, balance: balance(organization) });
  });

  return app;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '9203' }, database: { type: 'string', default: ':memory:' } },
  });
  const { fetch } = createUpstream(new DatabaseSync(values.database));
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`LocalLeads' API answers on http://127.0.0.1:${port}`),
  );
}
