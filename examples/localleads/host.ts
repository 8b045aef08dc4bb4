import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';

const KEYSPACE = 'localleads';

/** The one user there is. A real product has its own users here; Keyhold never sees them. */
export const DEMO_USER = {
  email: 'sam@brightside.example',
  password: 'demo',
  organization: 'brightside',
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
 * The dashboard of LocalLeads, as far as keys go: it signs its own user in and, on `POST /portal-session`, asks Keyhold
 * for a portal session for that user's organization and hands the token to its front end.
 */
export function createHost({ keyholdUrl, operatorToken, apiKeysUrl }: HostOptions) {
  const sessions = new Map<string, string>();
  const app = new Hono();

  app.get('/', (c) =>
    c.html(html`<!doctype html><title>LocalLeads</title>
      <form method="post" action="/sign-in">
        <input name="email" type="email" value="${DEMO_USER.email}" />
        <input name="password" type="password" value="${DEMO_USER.password}" />
        <button>Sign in</button>
      </form>`),
  );

  app.post('/sign-in', async (c) => {
    const { email, password } = await c.req.parseBody();
    if (email !== DEMO_USER.email || password !== DEMO_USER.password) return c.text('Unknown user.', 403);
    const session = randomBytes(32).toString('base64url');
    sessions.set(session, DEMO_USER.organization);
    setCookie(c, 'session', session, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.text('Signed in.');
  });

  app.post('/portal-session', async (c) => {
    const organization = sessions.get(getCookie(c, 'session') ?? '');
    if (organization === undefined) return c.text('Sign in first.', 401);
    const answer = await fetch(`${keyholdUrl}/v1/portal-sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ keyspace: KEYSPACE, organization, expires_in: '15m' }),
    });
    if (answer.status !== 201) throw new Error(`Keyhold refused a portal session: ${await answer.text()}`);
    const { token } = (await answer.json()) as { token: string };
    return c.json({ token, api_keys_url: apiKeysUrl });
  });

  return app;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9303' },
      keyhold: { type: 'string', default: 'http://127.0.0.1:8080' },
      'api-keys': { type: 'string', default: 'http://127.0.0.1:9103/api/v1/api-keys' },
    },
  });
  const operatorToken = process.env['KEYHOLD_OPERATOR_TOKEN'];
  if (operatorToken === undefined)
    throw new Error('Set KEYHOLD_OPERATOR_TOKEN to a token with the scope portal:write.');
  const { fetch } = createHost({ keyholdUrl: values.keyhold, operatorToken, apiKeysUrl: values['api-keys'] });
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`LocalLeads' dashboard answers on http://127.0.0.1:${port}`),
  );
}
