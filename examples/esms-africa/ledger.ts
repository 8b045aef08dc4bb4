import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** A message's row under the names of {@link Message}. */
const MESSAGE_COLUMNS = 'id, recipient AS "to", text, state, cost_cents, created_at, delivered_at';

/** What a new customer finds on the account. */
const OPENING_BALANCE_CENTS = 1_000;

/** Where messages can go and what one costs. */
export const ROUTES = [
  { country: 'KE', prefix: '+254', price_cents: 2 },
  { country: 'NG', prefix: '+234', price_cents: 4 },
  { country: 'GH', prefix: '+233', price_cents: 3 },
  { country: 'ZA', prefix: '+27', price_cents: 5 },
] as const;

/** Whose money and messages a request is about: an organization, and `live` or `test`. */
export interface Account {
  readonly organization: string;
  readonly environment: string;
}

export interface Message {
  readonly id: number;
  readonly to: string;
  readonly text: string;
  /** `simulated` is where a test key's message begins and ends. */
  readonly state: 'queued' | 'delivered' | 'failed' | 'simulated';
  readonly cost_cents: number;
  readonly created_at: string;
  readonly delivered_at: string | null;
}

export interface Outgoing {
  readonly to: string;
  readonly text: string;
}

/** The price of one message to this number; null where no route leads. */
export function priceCents(to: string): number | null {
  return ROUTES.find((route) => to.startsWith(route.prefix))?.price_cents ?? null;
}

/** Money, messages and webhooks of every organization, in SQLite. */
export function createLedger(database: DatabaseSync) {
  database.exec(`
    CREATE TABLE IF NOT EXISTS account (
      organization TEXT PRIMARY KEY, balance_cents INTEGER NOT NULL CHECK (balance_cents >= 0),
      webhook_url TEXT, webhook_secret TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS message (
      id INTEGER PRIMARY KEY, organization TEXT NOT NULL, environment TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL,
      state TEXT NOT NULL, cost_cents INTEGER NOT NULL, created_at TEXT NOT NULL, delivered_at TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS entry (
      id INTEGER PRIMARY KEY, organization TEXT NOT NULL, kind TEXT NOT NULL, amount_cents INTEGER NOT NULL,
      message_id INTEGER, created_at TEXT NOT NULL
    ) STRICT`);
  const statements = {
    openAccount: database.prepare(
      'INSERT INTO account (organization, balance_cents) VALUES (?, ?) ON CONFLICT DO NOTHING',
    ),
    account: database.prepare('SELECT * FROM account WHERE organization = ?'),
    charge: database.prepare('UPDATE account SET balance_cents = balance_cents - ? WHERE organization = ?'),
    addEntry: database.prepare(
      'INSERT INTO entry (organization, kind, amount_cents, message_id, created_at) VALUES (?, ?, ?, ?, ?)',
    ),
    entries: database.prepare(
      'SELECT id, kind, amount_cents, message_id, created_at FROM entry WHERE organization = ? ORDER BY id',
    ),
    addMessage: database.prepare(
      `INSERT INTO message (organization, environment, recipient, text, state, cost_cents, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING ${MESSAGE_COLUMNS}`,
    ),
    settle: database.prepare('UPDATE message SET state = ?, delivered_at = ? WHERE id = ?'),
    messages: database.prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM message
       WHERE organization = ? AND environment = ? AND id > ? ORDER BY id LIMIT 100`,
    ),
    message: database.prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM message WHERE organization = ? AND environment = ? AND id = ?`,
    ),
    setWebhook: database.prepare(
      'UPDATE account SET webhook_url = ?, webhook_secret = coalesce(webhook_secret, ?) WHERE organization = ?',
    ),
    setWebhookSecret: database.prepare('UPDATE account SET webhook_secret = ? WHERE organization = ?'),
  };

  /** The account's row, opened with some money at first sight. */
  function account(organization: string) {
    if (statements.openAccount.run(organization, OPENING_BALANCE_CENTS).changes === 1) {
      statements.addEntry.run(organization, 'opening_balance', OPENING_BALANCE_CENTS, null, now());
    }
    return statements.account.get(organization) as {
      readonly balance_cents: number;
      readonly webhook_url: string | null;
      readonly webhook_secret: string | null;
    };
  }

  return {
    account,

    entries(organization: string) {
      account(organization);
      return statements.entries.all(organization);
    },

    /**
     * Takes messages on: all of them, or none when the money does not reach (null). A test key's cost nothing and are
     * `simulated` for good; a live key's are charged and `queued`.
     */
    accept({ organization, environment }: Account, outgoing: readonly Outgoing[]): Message[] | null {
      const live = environment === 'live';
      const costs = outgoing.map(({ to }) => (live ? (priceCents(to) ?? 0) : 0));
      const total = costs.reduce((sum, cost) => sum + cost, 0);
      if (total > account(organization).balance_cents) return null;
      database.exec('BEGIN IMMEDIATE');
      try {
        const messages = outgoing.map(({ to, text }, index) => {
          const cost = costs[index] ?? 0;
          const state = live ? 'queued' : 'simulated';
          const row = statements.addMessage.get(organization, environment, to, text, state, cost, now());
          const message = row as unknown as Message;
          if (live) statements.addEntry.run(organization, 'charge', -cost, message.id, now());
          return message;
        });
        statements.charge.run(total, organization);
        database.exec('COMMIT');
        return messages;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },

    settle(id: number, delivered: boolean) {
      statements.settle.run(delivered ? 'delivered' : 'failed', delivered ? now() : null, id);
    },

    messagesAfter({ organization, environment }: Account, id: number): Message[] {
      return statements.messages.all(organization, environment, id) as unknown as Message[];
    },

    message({ organization, environment }: Account, id: number): Message | null {
      const row = statements.message.get(organization, environment, id);
      return row === undefined ? null : (row as unknown as Message);
    },

    setWebhook(organization: string, url: string) {
      account(organization);
      statements.setWebhook.run(url, newWebhookSecret(), organization);
    },

    rotateWebhookSecret(organization: string): string {
      account(organization);
      const secret = newWebhookSecret();
      statements.setWebhookSecret.run(secret, organization);
      return secret;
    },
  };
}

export type Ledger = ReturnType<typeof createLedger>;

function newWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString('base64url')}`;
}

function now(): string {
  return new Date().toISOString();
}
