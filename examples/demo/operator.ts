/** Calls to Keyhold's management API, as the demo makes them before it prints anything. */
export interface Operator {
  readonly url: string;
  readonly token: string;
  /** @throws when the answer is none of 200 and 201. */
  post(path: string, body: object): Promise<unknown>;
  /** Issues a key. @returns what it can be used and found by. */
  issue(request: object): Promise<IssuedKey>;
  /** Issues a key that expires, and waits until it has. */
  issueExpired(request: object): Promise<IssuedKey>;
}

export interface IssuedKey {
  readonly id: string;
  readonly number: number;
  readonly key: string;
}

/** Short enough not to be waited for long, long enough for the call to arrive before. */
const EXPIRY_MS = 1_500;

export function createOperator(url: string, token: string): Operator {
  async function post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200 && answer.status !== 201) {
      throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer.json();
  }

  const issue = async (request: object) => (await post('/v1/keys', request)) as IssuedKey;

  return {
    url,
    token,
    post,
    issue,
    async issueExpired(request) {
      const expires_at = new Date(Date.now() + EXPIRY_MS).toISOString();
      const issued = await issue({ ...request, expires_at });
      for (let valid = true; valid; ) {
        const verdict = (await post('/v1/verify', { key: issued.key })) as { valid: boolean };
        valid = verdict.valid;
      }
      return issued;
    },
  };
}

/** Signs the demo user in at a dashboard and asks it for a portal session, as its own front end does. */
export async function openPortalSession(
  hostUrl: string,
  user: { readonly email: string; readonly password: string },
): Promise<string> {
  const signedIn = await fetch(`${hostUrl}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ email: user.email, password: user.password }),
    redirect: 'manual',
  });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const answer = await fetch(`${hostUrl}/portal-session`, { method: 'POST', headers: { cookie } });
  if (answer.status !== 200) throw new Error(`${hostUrl} gave no portal session: ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}
