import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';

const KEYSPACE = 'esms-africa';

/** The one user there is. A real product has its own users here; Keyhold never sees them. */
export const DEMO_USER = {
  email: 'amina@safari-tours.example',
  password: 'demo',
  organization: 'safari-tours',
} as const;

export interface HostOptions {
  /** Where Keyhold's management API answers. */
  readonly keyholdUrl: string;
  /** An operator token with `portal:write`. It stays on this server. */
  readonly operatorToken: string;
  /** Where the customer's keys are managed: the gateway's self-service mount. */
  readonly apiKeysUrl: string;
}

/**
 * The dashboard of eSMS Africa, as far as keys go: it knows its user, asks Keyhold for a portal session for that user's
 * organization, and uses the session's token. `POST /portal-session` hands the token to the dashboard's own front end.
 */
export function createHost({ keyholdUrl, operatorToken, apiKeysUrl }: HostOptions) {
  const sessions = new Map<string, string>();
  const app = new Hono();

  function organizationOf(c: Context): string | undefined {
    return sessions.get(getCookie(c, 'session') ?? '');
  }

  async function openPortalSession(organization: string): Promise<string> {
    const answer = await fetch(`${keyholdUrl}/v1/portal-sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ keyspace: KEYSPACE, organization, expires_in: '15m' }),
    });
    if (answer.status !== 201) throw new Error(`Keyhold refused a portal session: ${await answer.text()}`);
    const { token } = (await answer.json()) as { token: string };
    return token;
  }

  app.post('/sign-in', async (c) => {
    const { email, password } = await c.req.parseBody();
    if (email !== DEMO_USER.email || password !== DEMO_USER.password) return c.text('Unknown user.', 403);
    const session = randomBytes(32).toString('base64url');
    sessions.set(session, DEMO_USER.organization);
    setCookie(c, 'session', session, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.redirect('/', 303);
  });

  app.post('/portal-session', async (c) => {
    const organization = organizationOf(c);
    if (organization === undefined) return c.text('Sign in first.', 401);
    return c.json({ token: await openPortalSession(organization), api_keys_url: apiKeysUrl });
  });

  app.get('/', async (c) => {
    const organization = organizationOf(c);
    if (organization === undefined) return c.html(signInPage());
    const token = await openPortalSession(organization);
    const answer = await fetch(apiKeysUrl, { headers: { authorization: `Bearer ${token}` } });
    return c.html(keysPage((await answer.json()) as ListedKey[]));
  });

  return app;
}

interface ListedKey {
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly is_active: boolean;
}

function signInPage() {
  return html`<!doctype html><title>eSMS Africa</title>
    <form method="post" action="/sign-in">
      <input name="email" type="email" value="${DEMO_USER.email}" />
      <input name="password" type="password" value="${DEMO_USER.password}" />
      <button>Sign in</button>
    </form>`;
}

function keysPage(keys: readonly ListedKey[]) {
  return html`<!doctype html><title>eSMS Africa: API keys</title>
    <h1>API keys</h1>
    <ul>
      ${keys.map(
        ({ name, prefix, scopes, is_active }) =>
          html`<li>${name}: <code>${prefix}</code> (${scopes.join(', ')}), ${is_active ? 'active' : 'revoked'}</li>`,
      )}
    </ul>`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9302' },
      keyhold: { type: 'string', default: 'http://127.0.0.1:8080' },
      'api-keys': { type: 'string', default: 'http://127.0.0.1:9102/api/api-keys' },
    },
  });
  const operatorToken = process.env['KEYHOLD_OPERATOR_TOKEN'];
  if (operatorToken === undefined)
    throw new Error('Set KEYHOLD_OPERATOR_TOKEN to a token with the scope portal:write.');
  const { fetch } = createHost({ keyholdUrl: values.keyhold, operatorToken, apiKeysUrl: values['api-keys'] });
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`eSMS Africa's dashboard answers on http://127.0.0.1:${port}`),
  );
}
