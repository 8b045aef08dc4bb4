import { serve } from '@hono/node-server';
import { createVerifier } from '@keyhold/sdk';
import { keyhold } from '@keyhold/sdk/hono';
import { Hono } from 'hono';

const verifier = createVerifier({
  url: process.env.KEYHOLD_URL ?? 'http://127.0.0.1:8080',
  token: process.env.KEYHOLD_ATTACH_TOKEN,
  keyspaces: ['localleads'],
});
await verifier.ready();

const app = new Hono();
app.use(keyhold({ verifier, keyspace: 'localleads', selfService: { path: '/api/v1/api-keys' } }));

const LEADS = [
  { id: 1, business: 'Harbour Dental', category: 'dentist', city: 'Bristol' },
  { id: 3, business: 'Old Mill Bakery', category: 'bakery', city: 'Bath' },
];
const spent = new Map();

app.get('/api/v1/credits/balance', (c) => {
  return c.json({ balance: 50 - (spent.get(c.get('keyhold').organization) ?? 0) });
});

app.get('/api/v1/leads', (c) => {
  const { organization } = c.get('keyhold');
  const wanted = c.req.query('city');
  spent.set(organization, (spent.get(organization) ?? 0) + 1);
  return c.json({ leads: LEADS.filter(({ city }) => wanted === undefined || city === wanted) });
});

app.post('/api/v1/leads/import', async (c) => {
  return c.json({ imported: (await c.req.text()).trim().split('\n').length });
});

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 9215), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`LocalLeads' API answers on http://127.0.0.1:${port}`);
});
