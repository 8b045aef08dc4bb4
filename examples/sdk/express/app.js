import { createVerifier } from '@keyhold/sdk';
import { keyhold } from '@keyhold/sdk/express';
import express from 'express';

const verifier = createVerifier({
  url: process.env.KEYHOLD_URL ?? 'http://127.0.0.1:8080',
  token: process.env.KEYHOLD_ATTACH_TOKEN,
  keyspaces: ['localleads'],
});
await verifier.ready();

const app = express().disable('x-powered-by');
app.use(keyhold({ verifier, keyspace: 'localleads', selfService: { path: '/api/v1/api-keys' } }));

const LEADS = [
  { id: 1, business: 'Harbour Dental', category: 'dentist', city: 'Bristol' },
  { id: 3, business: 'Old Mill Bakery', category: 'bakery', city: 'Bath' },
];
const spent = new Map();

app.get('/api/v1/credits/balance', ({ keyhold: { organization } }, response) => {
  response.json({ balance: 50 - (spent.get(organization) ?? 0) });
});

app.get('/api/v1/leads', ({ keyhold: { organization }, query }, response) => {
  spent.set(organization, (spent.get(organization) ?? 0) + 1);
  response.json({ leads: LEADS.filter(({ city }) => query.city === undefined || city === query.city) });
});

app.post('/api/v1/leads/import', express.text({ type: 'text/csv' }), ({ body }, response) => {
  response.json({ imported: body.trim().split('\n').length });
});

const server = app.listen(Number(process.env.PORT ?? 9213), '127.0.0.1', () => {
  console.log(`LocalLeads' API answers on http://127.0.0.1:${server.address().port}`);
});
