import { createVerifier } from '@keyhold/sdk';
import { keyhold } from '@keyhold/sdk/fastify';
import createFastify from 'fastify';

const verifier = createVerifier({
  url: process.env.KEYHOLD_URL ?? 'http://127.0.0.1:8080',
  token: process.env.KEYHOLD_ATTACH_TOKEN,
  keyspaces: ['localleads'],
});
await verifier.ready();

const app = createFastify();
await app.register(keyhold, {
  verifier,
  keyspace: 'localleads',
  selfService: { path: '/api/v1/api-keys' },
});

const LEADS = [
  { id: 1, business: 'Harbour Dental', category: 'dentist', city: 'Bristol' },
  { id: 3, business: 'Old Mill Bakery', category: 'bakery', city: 'Bath' },
];
const spent = new Map();

app.get('/api/v1/credits/balance', ({ keyhold: { organization } }) => {
  return { balance: 50 - (spent.get(organization) ?? 0) };
});

app.get('/api/v1/leads', ({ keyhold: { organization }, query }) => {
  spent.set(organization, (spent.get(organization) ?? 0) + 1);
  return { leads: LEADS.filter(({ city }) => query.city === undefined || city === query.city) };
});

app.addContentTypeParser('text/csv', { parseAs: 'string' }, async (_, body) => body);
app.post('/api/v1/leads/import', ({ body }) => ({ imported: body.trim().split('\n').length }));

const url = await app.listen({ port: Number(process.env.PORT ?? 9214), host: '127.0.0.1' });
console.log(`LocalLeads' API answers on ${url}`);
