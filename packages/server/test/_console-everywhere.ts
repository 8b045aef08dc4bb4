import { Agent, request } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { answerTo } from './_keyhold.ts';

/** Processes that share a store, and answer for each other's people. */
export interface Processes {
  /** Of every node. */
  readonly urls: readonly string[];
  readonly operatorToken: string;
  /** One that answers forward-auth. */
  readonly keyspace: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A browser. Each call is a connection of its own, so that any process of a node may answer it. */
interface Visitor {
  call(url: string, method: string, path: string, body?: object): Promise<Answer>;
  /** Another one with the same cookie. */
  copy(): Visitor;
  /** Asks every process of every node at once, and says with which statuses they answer. */
  everywhere(method: string, path: string, body?: object): Promise<ReadonlySet<number>>;
}

/** So many connections at once that each process of a node has one. */
const CONNECTIONS = 4;
const PASSWORD = 'correct horse battery staple';
const NEW_PASSWORD = 'another horse and battery';

/** That who somebody is, and what they may do, holds in every process from the moment that a call returned. */
export function describePeopleEverywhere(processes: () => Processes): void {
  let people = 0;

  function createVisitor(cookieAtFirst = ''): Visitor {
    let cookie = cookieAtFirst;
    async function call(url: string, method: string, path: string, body?: object): Promise<Answer> {
      const outgoing = request(`${url}${path}`, {
        agent: false,
        method,
        headers: { 'keyhold-console': '1', 'content-type': 'application/json', cookie },
      });
      const answered = answerTo(outgoing);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      const response = await answered;
      const [set = ''] = response.headers['set-cookie'] ?? [];
      if (set !== '') cookie = set.slice(0, set.indexOf(';'));
      const content = await text(response);
      return { status: response.statusCode ?? 0, body: content === '' ? null : JSON.parse(content) };
    }
    return {
      call,
      copy: () => createVisitor(cookie),
      async everywhere(method, path, body) {
        const places = processes().urls.flatMap((url) => Array<string>(CONNECTIONS).fill(url));
        const answers = await Promise.all(places.map((url) => call(url, method, path, body)));
        return new Set(answers.map(({ status }) => status));
      },
    };
  }

  /** The first node and the last, which is the same where there is one. */
  function twoPlaces(): readonly [string, string] {
    const { urls } = processes();
    return [urls[0] ?? '', urls.at(-1) ?? ''];
  }

  /** Invites somebody, who follows the invitation at the first node. */
  async function join(role: string) {
    const [first] = twoPlaces();
    const email = `person-${++people}@example.com`;
    const response = await fetch(`${first}/v1/people`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${processes().operatorToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ email, name: email, role }),
    });
    expect(response.status).toBe(201);
    const { id, invitation_url: link } = (await response.json()) as Record<'id' | 'invitation_url', string>;
    const visitor = createVisitor();
    const accepted = { code: link.slice(link.indexOf('#') + 1), name: email, password: PASSWORD };
    expect(await visitor.call(first, 'POST', '/v1/console/invitations/accept', accepted)).toMatchObject({
      status: 201,
    });
    return { id, email, visitor };
  }

  async function logIn(url: string, email: string, password = PASSWORD) {
    const visitor = createVisitor();
    const { status } = await visitor.call(url, 'POST', '/v1/console/login', { email, password });
    return { status, visitor };
  }

  const SESSION = ['GET', '/v1/console/session'] as const;

  describe('people in the console', () => {
    test('who logs in at one process is logged in at all, and logs out of all', async () => {
      const [first, last] = twoPlaces();
      const { email } = await join('operator');
      const { status, visitor } = await logIn(last, email);
      expect(status).toBe(200);
      expect(await visitor.everywhere(...SESSION)).toEqual(new Set([200]));
      const organization = { id: `of-${email.split('@')[0]}`, name: 'Made here' };
      expect(await visitor.call(first, 'POST', '/v1/organizations', organization)).toMatchObject({
        status: 201,
      });
      expect(await visitor.everywhere('GET', `/v1/organizations/${organization.id}`)).toEqual(new Set([200]));
      const stolen = visitor.copy();
      expect((await visitor.call(first, 'POST', '/v1/console/logout', {})).status).toBe(204);
      expect(await stolen.everywhere(...SESSION)).toEqual(new Set([401]));
    });

    test('a new password ends every other session in every process, and the one before opens none', async () => {
      const [first, last] = twoPlaces();
      const { email, visitor } = await join('read_only');
      const others = await Promise.all([first, last].map((url) => logIn(url, email)));
      for (const other of others) {
        expect(await other.visitor.everywhere(...SESSION)).toEqual(new Set([200]));
      }
      const change = { current_password: PASSWORD, new_password: NEW_PASSWORD };
      expect(await visitor.call(last, 'POST', '/v1/console/password', change)).toMatchObject({ status: 200 });
      for (const other of others) {
        expect(await other.visitor.everywhere(...SESSION)).toEqual(new Set([401]));
      }
      expect(await visitor.everywhere(...SESSION)).toEqual(new Set([200]));
      for (const url of [first, last]) {
        expect((await logIn(url, email)).status).toBe(401);
        expect((await logIn(url, email, NEW_PASSWORD)).status).toBe(200);
      }
    });

    test('who is demoted or disabled at one process can do no more at any', async () => {
      const [first, last] = twoPlaces();
      const owner = (await join('owner')).visitor;
      const { id, visitor } = await join('operator');
      const write = ['POST', '/v1/organizations', { id: 'x', nothing_of_the_kind: true }] as const;
      expect(await visitor.everywhere(...write)).toEqual(new Set([400]));
      expect(await owner.call(last, 'PATCH', `/v1/people/${id}`, { role: 'read_only' })).toMatchObject({
        status: 200,
      });
      expect(await visitor.everywhere(...write)).toEqual(new Set([403]));
      expect(await visitor.everywhere(...SESSION)).toEqual(new Set([200]));
      expect(await owner.call(first, 'PATCH', `/v1/people/${id}`, { disabled: true })).toMatchObject({
        status: 200,
      });
      expect(await visitor.everywhere(...SESSION)).toEqual(new Set([401]));
    });
  });
}

/** That whoever looks on, in one process, sees what all of them answer, also those that get nothing but unknown keys. */
export function describeVerdictsEverywhere(processes: () => Processes): void {
  test('one process tells whoever looks on what each of them answers, unknown keys alone included', async () => {
    const { urls, operatorToken, keyspace } = processes();
    const kept = () => new Agent({ keepAlive: true, maxSockets: 1 });
    const callers = urls
      .flatMap((url) => Array<string>(CONNECTIONS).fill(url))
      .map((url, i) => ({ url, agent: kept(), address: `203.0.113.${i + 1}` }));
    const watcher = kept();
    try {
      const seen = new Set<unknown>();
      let after = '';
      const look = async () => {
        const outgoing = request(`${urls[0]}/v1/verdicts${after}`, {
          agent: watcher,
          headers: { authorization: `Bearer ${operatorToken}` },
        });
        const answered = answerTo(outgoing);
        outgoing.end();
        const { data, next_after: next } = (await json(await answered)) as VerdictPage;
        after = `?after=${next}`;
        for (const { address, reason } of data) if (reason === 'malformed') seen.add(address);
      };
      const ask = async ({ url, agent, address }: (typeof callers)[number]) => {
        const headers = { authorization: 'Bearer of-nobody', 'x-forwarded-for': address };
        const outgoing = request(`${url}/v1/authorize/${keyspace}`, { agent, headers });
        const answered = answerTo(outgoing);
        outgoing.end();
        const response = await answered;
        await text(response);
        expect(response.statusCode).toBe(401);
      };
      await expect
        .poll(
          async () => {
            await look();
            await Promise.all(callers.map(ask));
            return callers.map(({ address }) => address).filter((address) => !seen.has(address));
          },
          { timeout: 60_000, interval: 250 },
        )
        .toEqual([]);
    } finally {
      for (const agent of [watcher, ...callers.map((caller) => caller.agent)]) agent.destroy();
    }
  });
}

interface VerdictPage {
  readonly data: readonly { readonly address: string | null; readonly reason: string | null }[];
  readonly next_after: string;
}
