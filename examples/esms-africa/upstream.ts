import { EventEmitter } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { type Account, createLedger, type Message, type Outgoing, priceCents, ROUTES } from './ledger.ts';

/** The longest that a client may wait for news. */
const MAX_WAIT_SECONDS = 60;

interface Environment {
  readonly Variables: { readonly account: Account };
}

/** Hands a message to the mobile network; a rejection means that it could not be delivered. */
export type Carrier = (message: Message) => Promise<void>;

/**
 * eSMS Africa's API as it would be without a thought for keys and scopes: the eleven operations of its document over
 * real state. Who calls, and whether it is live or a test, stands in the headers that the gateway sets; a request
 * without them did not come through it.
 */
export function createUpstream(database: DatabaseSync, carrier: Carrier = async () => {}) {
  const ledger = createLedger(database);
  const news = new EventEmitter().setMaxListeners(0);
  const app = new Hono<Environment>();

  app.use(async (c, next) => {
    const organization = c.req.header('keyhold-organization');
    const environment = c.req.header('keyhold-environment');
    if (organization === undefined || environment === undefined) {
      return c.json({ error: 'This API is reached through its gateway.' }, 403);
    }
    c.set('account', { organization, environment });
    return next();
  });

  /** Charges and queues, then hands what is live to the carrier. Null: the money does not reach. */
  function send(account: Account, outgoing: readonly Outgoing[]): Message[] | null {
    const messages = ledger.accept(account, outgoing);
    for (const message of messages ?? []) {
      if (message.state !== 'queued') continue;
      void carrier(message).then(
        () => ledger.settle(message.id, true),
        () => ledger.settle(message.id, false),
      );
    }
    if (messages !== null) news.emit('message');
    return messages;
  }

  app.post('/api/messages/send', async (c) => {
    const outgoing = toOutgoing(await readJson(c));
    if (outgoing === null) return refuse(c);
    const messages = send(c.var.account, [outgoing]);
    return messages === null ? c.json({ error: 'The balance is too low.' }, 402) : c.json(messages[0], 201);
  });

  app.post('/api/messages/send-bulk', async (c) => {
    const batch = toBatch(await readJson(c));
    const outgoing = batch?.filter((one) => one !== null);
    if (outgoing === undefined || outgoing.length !== batch?.length) return refuse(c);
    const messages = send(c.var.account, outgoing);
    return messages === null ? c.json({ error: 'The balance is too low.' }, 402) : c.json({ messages }, 201);
  });

  app.post('/api/messages/bulk-precheck', async (c) => {
    const batch = toBatch(await readJson(c));
    if (batch === null) return refuse(c);
    const deliverable = batch.filter((outgoing) => outgoing !== null);
    const cost_cents = deliverable.reduce((sum, { to }) => sum + (priceCents(to) ?? 0), 0);
    const { balance_cents } = ledger.account(c.var.account.organization);
    return c.json({
      deliverable: deliverable.length,
      undeliverable: batch.length - deliverable.length,
      cost_cents,
      affordable: cost_cents <= balance_cents,
    });
  });

  // With ?wait_seconds the answer is held until there is a message after ?after_id, so that a client need not poll.
  app.get('/api/messages', async (c) => {
    const afterId = Number(c.req.query('after_id') ?? 0);
    const waitMs = Math.min(Number(c.req.query('wait_seconds') ?? 0), MAX_WAIT_SECONDS) * 1000;
    if (!Number.isSafeInteger(afterId) || !(waitMs >= 0)) return refuse(c);
    const until = AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(waitMs)]);
    let messages = ledger.messagesAfter(c.var.account, afterId);
    while (messages.length === 0 && !until.aborted) {
      await nextNews(news, until);
      messages = ledger.messagesAfter(c.var.account, afterId);
    }
    return c.json({ messages });
  });

  app.get('/api/messages/:id{[0-9]+}', (c) => {
    const message = ledger.message(c.var.account, Number(c.req.param('id')));
    return message === null ? c.json({ error: 'There is no such message.' }, 404) : c.json(message);
  });

  app.get('/api/balance', (c) => {
    const { balance_cents } = ledger.account(c.var.account.organization);
    return c.json({ balance_cents, currency: 'USD' });
  });

  app.get('/api/balance/transactions', (c) =>
    c.json({ transactions: ledger.entries(c.var.account.organization) }),
  );

  app.get('/api/routes', (c) => c.json({ routes: ROUTES }));

  app.get('/api/webhooks', (c) => {
    const { webhook_url, webhook_secret } = ledger.account(c.var.account.organization);
    return c.json({ url: webhook_url, has_secret: webhook_secret !== null });
  });

  app.put('/api/webhooks', async (c) => {
    const body = await readJson(c);
    const url = typeof body === 'object' && body !== null && 'url' in body ? body.url : null;
    if (typeof url !== 'string' || !URL.canParse(url)) return refuse(c);
    ledger.setWebhook(c.var.account.organization, url);
    return c.json({ url, has_secret: true });
  });

  app.post('/api/webhooks/rotate-secret', (c) =>
    c.json({ secret: ledger.rotateWebhookSecret(c.var.account.organization) }),
  );

  return app;
}

function refuse(c: Context) {
  return c.json({ error: 'The request is not one this operation understands.' }, 422);
}

function readJson(c: Context): Promise<unknown> {
  return c.req.json().catch(() => null);
}

/** Null when it is not a message, or no route leads to its number. */
function toOutgoing(body: unknown): Outgoing | null {
  if (typeof body !== 'object' || body === null || !('to' in body) || !('text' in body)) return null;
  const { to, text } = body;
  if (typeof to !== 'string' || typeof text !== 'string' || !/^\+[0-9]{8,15}$/.test(to)) return null;
  return priceCents(to) === null ? null : { to, text };
}

function toBatch(body: unknown): (Outgoing | null)[] | null {
  if (typeof body !== 'object' || body === null || !('messages' in body)) return null;
  return Array.isArray(body.messages) ? body.messages.map(toOutgoing) : null;
}

/** Resolves at the next message of anyone, or when the wait is over. */
function nextNews(news: EventEmitter, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function finish() {
      news.off('message', finish);
      until.removeEventListener('abort', finish);
      resolve();
    }
    news.on('message', finish);
    until.addEventListener('abort', finish);
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '9202' }, database: { type: 'string', default: ':memory:' } },
  });
  const { fetch } = createUpstream(new DatabaseSync(values.database));
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`eSMS Africa's API answers on http://127.0.0.1:${port}`),
  );
}
