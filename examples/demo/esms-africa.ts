import { DEMO_USER } from '../esms-africa/host.ts';
import { type Operator, openPortalSession } from './operator.ts';
import { curl, type Section } from './step.ts';

const UNAUTHORIZED =
  '401 {"type":"urn:keyhold:problem:unauthorized","title":"Unauthorized","status":401,"code":"unauthorized"}';
const MESSAGE = { to: '+254700000001', text: 'Your car waits at gate 3.' };

/** eSMS Africa: customers manage their own keys, with scopes, live and for tests. */
export async function showEsmsAfrica(operator: Operator, apiUrl: string, hostUrl: string): Promise<Section> {
  const { organization } = DEMO_USER;
  await operator.post('/v1/organizations', { id: organization, name: 'Safari Tours' });
  const token = await openPortalSession(hostUrl, DEMO_USER);
  const owner = { keyspace: 'esms-africa', organization };
  const live = await operator.issue({
    ...owner,
    name: 'Server',
    environment: 'live',
    scopes: ['send', 'query'],
  });
  const reader = await operator.issue({ ...owner, name: 'Report', environment: 'live', scopes: ['query'] });
  const hooks = await operator.issue({ ...owner, name: 'Hooks', environment: 'live', scopes: ['webhooks'] });
  const trial = await operator.issue({
    ...owner,
    name: 'Laptop',
    environment: 'test',
    scopes: ['send', 'query'],
  });
  const old = await operator.issue({ ...owner, name: 'Old server', environment: 'live', scopes: ['query'] });
  const busy = await operator.issue({ ...owner, name: 'Listener', environment: 'live', scopes: ['query'] });

  const keys = `${apiUrl}/api/api-keys`;
  const api = `${apiUrl}/api`;
  return {
    title: `eSMS Africa · ${apiUrl}`,
    notes: [
      `Customers manage their keys themselves. ${DEMO_USER.email} (password "${DEMO_USER.password}") signs in at ${hostUrl}`,
      'and the dashboard gets a portal session from Keyhold; its token stands in S1, S4 and S5.',
    ],
    steps: [
      {
        row: 'S1',
        shows: "Create a key: the document's body, the document's answer.",
        command: curl('POST', keys, {
          token,
          body: { name: 'Production server', environment: 'live', scopes: 'send,query' },
        }),
        expect: [
          '201 {"id":…,"key":"esms_live_…","name":"Production server","prefix":"esms_live_****…","environment":"live","scopes":["send","query"],"created_at":"…Z"}',
        ],
      },
      {
        row: 'S2',
        shows: 'A test key begins with esms_test_; the whole key is in this answer alone.',
        command: curl('POST', keys, {
          token,
          body: { name: 'Staging', environment: 'test', scopes: 'query' },
        }),
        expect: ['201 {"id":…,"key":"esms_test_…","name":"Staging","prefix":"esms_test_****…",…}'],
      },
      {
        row: 'S3',
        shows: 'A key with the scope query reads …',
        command: curl('GET', `${api}/balance`, { token: reader.key }),
        expect: ['200 {"balance_cents":…,"currency":"USD"}'],
      },
      {
        row: 'S3',
        shows: '… and cannot send.',
        command: curl('POST', `${api}/messages/send`, { token: reader.key, body: MESSAGE }),
        expect: ['403 {…"code":"insufficient_scope"}'],
      },
      {
        row: 'S3',
        shows: 'webhooks opens the three operations of its own …',
        command: curl('PUT', `${api}/webhooks`, {
          token: hooks.key,
          body: { url: 'https://safari.example/sms' },
        }),
        expect: ['200 {"url":"https://safari.example/sms","has_secret":true}'],
      },
      {
        row: 'S3',
        shows: '… and no other.',
        command: curl('GET', `${api}/routes`, { token: hooks.key }),
        expect: ['403 {…"code":"insufficient_scope"}'],
      },
      {
        row: 'S4',
        shows: 'List the keys: is_active, last_used_at, never the key.',
        command: curl('GET', keys, { token }),
        expect: [
          '200 [{"id":…,"name":"…","prefix":"esms_…_****…",…"is_active":true,"last_used_at":…,"created_at":"…Z"}…]',
        ],
      },
      {
        row: 'S5',
        shows: 'Revoke a key: it is off when the call returns.',
        command: curl('DELETE', `${keys}/${old.number}`, { token }),
        expect: ['204'],
      },
      {
        row: 'S5',
        shows: 'The next call with it fails.',
        command: curl('GET', `${api}/balance`, { token: old.key }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'S5',
        shows: 'A request in flight fails too: the first waits for a message and is cut by the second.',
        command: [
          `${curl('GET', `${api}/messages?after_id=1000000&wait_seconds=60`, { token: busy.key })} &`,
          `sleep 1; ${curl('DELETE', `${keys}/${busy.number}`, { token })}; wait`,
        ].join('\n'),
        expect: [UNAUTHORIZED, '204'],
      },
      {
        row: 'S6',
        shows: 'A test key sends: no delivery, no charge.',
        command: curl('POST', `${api}/messages/send`, { token: trial.key, body: MESSAGE }),
        expect: [
          '201 {"id":…,"to":"+254700000001",…"state":"simulated","cost_cents":0,…"delivered_at":null}',
        ],
      },
      {
        row: 'S6',
        shows: 'A live key sends: both.',
        command: curl('POST', `${api}/messages/send`, { token: live.key, body: MESSAGE }),
        expect: ['201 {"id":…,"to":"+254700000001",…"state":"queued","cost_cents":2,…}'],
      },
      {
        row: 'S7',
        shows: `For the document's Python client: base_url="${api}" and this key.`,
        command: `export ESMS_API_KEY=${live.key}`,
        expect: [],
      },
    ],
  };
}
