import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';

/** What a person's claims are, and how the provider misbehaves. */
export interface TestProvider {
  readonly issuer: string;
  /** Of the next who logs in. */
  claims: Readonly<Record<string, unknown>>;
  /** In place of the provider's own, in the documents that it publishes. */
  endpoints: Readonly<Record<string, string>>;
  /** What the next ID token is signed with and says of itself, besides the claims. */
  forge: { readonly nonce?: string; readonly audience?: string; readonly foreignKey?: true };
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Follows the address that a browser is sent to. @returns where the provider sends it back to. */
  authorize(location: string): URL;
  close(): Promise<void>;
}

const CLIENT_ID = 'keyhold';

/** An OpenID provider that lets everybody in: discovery, keys, codes with PKCE, and signed ID tokens. */
export async function startProvider(): Promise<TestProvider> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const flights = new Map<string, URLSearchParams>();
  const asked: string[] = [];

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://provider');
    asked.push(pathname);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = answer(pathname, new URLSearchParams(Buffer.concat(chunks).toString()));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });

  function answer(pathname: string, form: URLSearchParams) {
    const { issuer } = provider;
    if (pathname === '/.well-known/openid-configuration') {
      const body = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        ...provider.endpoints,
      };
      return { status: 200, body };
    }
    if (pathname === '/keys') {
      const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'RS256', use: 'sig' };
      return { status: 200, body: { keys: [jwk] } };
    }
    const flight = flights.get(form.get('code') ?? '');
    flights.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (flight?.get('code_challenge') !== challenge || form.get('client_secret') !== 'shared') {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const { claims, forge } = provider;
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const idToken = signToken(forge.foreignKey === true ? foreign.privateKey : own.privateKey, {
      iss: issuer,
      aud: forge.audience ?? CLIENT_ID,
      iat: nowSeconds,
      exp: nowSeconds + 300,
      nonce: forge.nonce ?? flight.get('nonce'),
      ...claims,
    });
    const body = { access_token: 'unused', token_type: 'Bearer', expires_in: 60, id_token: idToken };
    return { status: 200, body };
  }

  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const provider: TestProvider = {
    issuer: `http://127.0.0.1:${port}`,
    claims: {},
    endpoints: {},
    forge: {},
    asked,
    authorize(location) {
      const asked = new URL(location).searchParams;
      const code = `code-${flights.size + 1}-${asked.get('state')}`;
      flights.set(code, asked);
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', asked.get('state') ?? '');
      // What Keyhold does not know of is the provider's business.
      back.searchParams.set('session_state', 'x');
      return back;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}

/** A JWT with RS256 (RFC 7515). */
function signToken(key: KeyObject, claims: object): string {
  const parts = [{ alg: 'RS256', kid: 'own' }, claims];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
