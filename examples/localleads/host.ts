import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';

const KEYSPACE = 'localleads';

/** The one user there is. A real product has its own users here; Keyhold never sees them. */
export const DEMO_USER = {
  email: 'sam@brightside.example',
  name: 'Sam Ortiz',
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
  /** Where the API Keys page stands, which the settings show as an element: the gateway's `page`. */
  readonly keysPageUrl: string;
}

/**
 * The dashboard of LocalLeads, as far as keys go. It signs its own user in; its settings show the API Keys page, either
 * as an element in a page of its own or by leading there. For both it asks Keyhold for a portal session, with a token
 * that never leaves this server.
 */
export function createHost({ keyholdUrl, operatorToken, apiKeysUrl, keysPageUrl }: HostOptions) {
  const sessions = new Map<string, string>();
  const app = new Hono();
  const readOrganization = (c: Context) => sessions.get(getCookie(c, 'session') ?? '');

  async function createPortalSession(organization: string, returnUrl: string) {
    const answer = await fetch(`${keyholdUrl}/v1/portal-sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        keyspace: KEYSPACE,
        organization,
        user: DEMO_USER.name,
        return_url: returnUrl,
        expires_in: '15m',
      }),
    });
    if (answer.status !== 201) throw new Error(`Keyhold refused a portal session: ${await answer.text()}`);
    return (await answer.json()) as { token: string; url: string };
  }

  app.get('/', (c) =>
    c.html(html`<!doctype html><title>LocalLeads</title><link rel="icon" href="data:," />
      <form method="post" action="/sign-in">
        <input name="email" type="email" autocomplete="username" value="${DEMO_USER.email}" />
        <input name="password" type="password" autocomplete="current-password" value="${DEMO_USER.password}" />
        <button>Sign in</button>
      </form>`),
  );

  app.post('/sign-in', async (c) => {
    const { email, password } = await c.req.parseBody();
    if (email !== DEMO_USER.email || password !== DEMO_USER.password) return c.text('Unknown user.', 403);
    const session = randomBytes(32).toString('base64url');
    sessions.set(session, DEMO_USER.organization);
    setCookie(c, 'session', session, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.redirect('/settings/security/api-keys', 303);
  });

  app.get('/settings/security/api-keys', (c) => {
    if (readOrganization(c) === undefined) return c.redirect('/', 303);
    return c.html(html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>API Keys · LocalLeads</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/settings.css" />
          <script type="module" src="${keysPageUrl}/element.js"></script>
          <script type="module" src="/settings.js"></script>
        </head>
        <body>
          <nav aria-label="Settings">
            <strong>LocalLeads</strong>
            <a href="#profile">Profile</a>
            <a href="#team">Team</a>
            <a href="#security">Security</a>
            <a href="/settings/security/api-keys" aria-current="page">API Keys</a>
            <a href="/settings/security/api-keys/full-page">Open on a page of its own</a>
          </nav>
          <main><keyhold-api-keys src="${keysPageUrl}"></keyhold-api-keys></main>
        </body>
      </html>`);
  });

  // The same, on the page that Keyhold serves: the link's code works once, and brings the customer back here.
  app.get('/settings/security/api-keys/full-page', async (c) => {
    const organization = readOrganization(c);
    if (organization === undefined) return c.redirect('/', 303);
    const back = new URL('/settings/security/api-keys', c.req.url).href;
    return c.redirect((await createPortalSession(organization, back)).url, 303);
  });

  // What the element asks for; another site cannot, since the cookie is not sent from there.
  app.post('/portal-session', async (c) => {
    const organization = readOrganization(c);
    if (organization === undefined) return c.text('Sign in first.', 401);
    const back = new URL('/settings/security/api-keys', c.req.url).href;
    const { token } = await createPortalSession(organization, back);
    return c.json({ token, api_keys_url: apiKeysUrl });
  });

  for (const [name, type] of [
    ['settings.js', 'text/javascript'],
    ['settings.css', 'text/css'],
  ] as const) {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8');
    app.get(`/${name}`, (c) => c.body(text, 200, { 'content-type': type }));
  }
  return app;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9303' },
      keyhold: { type: 'string', default: 'http://127.0.0.1:8080' },
      'api-keys': { type: 'string', default: 'http://127.0.0.1:9103/api/v1/api-keys' },
      'keys-page': { type: 'string', default: 'http://127.0.0.1:9103/keys' },
    },
  });
  const operatorToken = process.env['KEYHOLD_OPERATOR_TOKEN'];
  if (operatorToken === undefined)
    throw new Error('Set KEYHOLD_OPERATOR_TOKEN to a token with the scope portal:write.');
  const { fetch } = createHost({
    keyholdUrl: values.keyhold,
    operatorToken,
    apiKeysUrl: values['api-keys'],
    keysPageUrl: values['keys-page'],
  });
  serve({ fetch, port: Number(values.port), hostname: '127.0.0.1' }, ({ port }) =>
    console.log(`LocalLeads' dashboard answers on http://127.0.0.1:${port}`),
  );
}
