import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

interface Customer {
  readonly id: number;
  readonly email: string;
  readonly tags: readonly string[];
  readonly created_at: string;
}

/**
 * Local eSIM's Partner API as it would be without a thought for keys: customers, kept for each partner. Who calls stands in
 * the headers that the gateway sets; a request without them did not come through it.
 */
export function createUpstream(database: DatabaseSync) {
  database.exec(`CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY, partner TEXT NOT NULL, email TEXT NOT NULL, tags TEXT NOT NULL, created_at TEXT NOT NULL,
    UNIQUE (partner, email)
  ) STRICT`);
  const insert = database.prepare(
    'INSERT INTO customer (partner, email, tags, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *',
  );
  const selectAll = database.prepare('SELECT * FROM customer WHERE partner = ? ORDER BY id');
  const selectOne = database.prepare('SELECT * FROM customer WHERE partner = ? AND id = ?');

  const app = new Hono<{ Variables: { partner: string } }>();

  app.use(async (c, next) => {
    const partner = c.req.header('keyhold-organization');
    if (partner === undefined) return c.json({ error: 'This API is reached through its gateway.' }, 403);
    c.set('partner', partner);
    return next();
  });

  app.post('/v1/customers', async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    if (!isNewCustomer(body)) return c.json({ error: 'Send "email", and "tags" as a list of texts.' }, 422);
    const row = insert.get(
      c.var.partner,
      body.email,
      JSON.stringify(body.tags ?? []),
      new Date().toISOString(),
    );
    if (row === undefined) return c.json({ error: 'There is a customer with this email already.' }, 409);
    return c.json(toCustomer(row), 201);
  });

  app.get('/v1/customers', (c) => c.json({ customers: selectAll.all(c.var.partner).map(toCustomer) }));

  app.get('/v1/customers/:id{[0-9]+}', (c) => {
    const row = selectOne.get(c.var.partner, Number(c.req.param('id')));
    return row === undefined ? c.json({ error: 'There is no such customer.' }, 404) : c.json(toCustomer(row));
  });

  return app;
}

function isNewCustomer(body: unknown): body is { email: string; tags?: string[] } {
  if (typeof body !== 'object' || body === null || !('email' in body)) return false;
  const tags = 'tags' in body ? body.tags : [];
  return (
    typeof body.email === 'string' &&
    /^\S+@\S+$/.test(body.email) &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === 'string')
  );
}

function toCustomer(row: Record<string, unknown>): Customer {
  return {
    id: Number(row['id']),
    email: String(row['email']),
    tags: JSON.parse(String(row['tags'])) as string[],
    created_at: String(row['created_at']),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '9201' }, database: { type: 'string', default: ':memory:' } },
  });
  const { fetch } = createUpstream(new DatabaseSync(values.database));
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`Local eSIM's API answers on http://127.0.0.1:${port}`),
  );
}
