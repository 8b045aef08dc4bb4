import { DEMO_USER } from '../localleads/host.ts';
import { type Operator, openPortalSession } from './operator.ts';
import { curl, type Section } from './step.ts';

const UNAUTHORIZED = '401 {"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}';

/** LocalLeads: keys without scopes that manage keys, ten at most, and one body for every 401. */
export async function showLocalLeads(operator: Operator, apiUrl: string, hostUrl: string): Promise<Section> {
  const { organization } = DEMO_USER;
  await operator.post('/v1/organizations', { id: organization, name: 'Brightside' });
  await operator.post('/v1/organizations', { id: 'full-house', name: 'Full House' });
  const token = await openPortalSession(hostUrl, DEMO_USER);
  const owner = { keyspace: 'localleads', organization };
  const main = await operator.issue({ ...owner, name: 'CRM' });
  const managed = await operator.issue({ ...owner, name: 'Deploy bot' });
  const revoked = await operator.issue({ ...owner, name: 'Old laptop' });
  await operator.post(`/v1/keys/${revoked.id}/revoke`, {});
  const expired = await operator.issueExpired({ ...owner, name: 'Trial' });
  const crowd = { keyspace: 'localleads', organization: 'full-house' };
  const first = await operator.issue({ ...crowd, name: 'Key 1' });
  for (let number = 2; number <= 10; number++) await operator.issue({ ...crowd, name: `Key ${number}` });

  const keys = `${apiUrl}/api/v1/api-keys`;
  const balance = `${apiUrl}/api/v1/credits/balance`;
  return {
    title: `LocalLeads · ${apiUrl}`,
    notes: [
      `${DEMO_USER.email} (password "${DEMO_USER.password}") signs in at ${hostUrl}; the token in L2 and L6 is that of a portal session.`,
    ],
    steps: [
      {
        row: 'L2',
        shows: 'A key is ll_ and 64 hex characters; this answer alone shows it whole.',
        command: curl('POST', keys, { token, body: { name: 'Warehouse' } }),
        expect: ['201 {"id":…,"key":"ll_…","name":"Warehouse","prefix":"ll_…","created_at":"…Z"}'],
      },
      {
        row: 'L3',
        shows: 'A key has the full permissions of its account: every path is open to it.',
        command: curl('GET', `${apiUrl}/api/v1/leads?city=Bristol`, { token: main.key }),
        expect: ['200 {"leads":[…"business":"Harbour Dental"…]}'],
      },
      {
        row: 'L4',
        shows: "The document's own request.",
        command: [
          `export LOCALLEADS_API_KEY=${main.key}`,
          `curl ${balance} \\`,
          '  -H "Authorization: Bearer $LOCALLEADS_API_KEY"',
        ].join('\n'),
        expect: ['200 {"balance":…}'],
      },
      {
        row: 'L5',
        shows: 'Every 401 has exactly this body: a missing header,',
        command: curl('GET', balance),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'L5',
        shows: 'a mistyped key,',
        command: curl('GET', balance, { token: main.key.slice(0, -1) }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'L5',
        shows: 'a revoked key.',
        command: curl('GET', balance, { token: revoked.key }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'L6',
        shows: 'A key with an expiry …',
        command: curl('POST', keys, {
          token,
          body: { name: 'Summer intern', expires_at: '2099-09-30T00:00:00Z' },
        }),
        expect: ['201 {…"expires_at":"2099-09-30T00:00:00Z",…}'],
      },
      {
        row: 'L6',
        shows: '… is 401 from that moment on …',
        command: curl('GET', balance, { token: expired.key }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'L6',
        shows: '… and the list shows the date.',
        command: curl('GET', keys, { token }),
        expect: ['200 [{…"name":"Trial",…"expires_at":"…Z",…"is_active":false,…}…]'],
      },
      {
        row: 'L7',
        shows: 'full-house has ten active keys; an eleventh is refused.',
        command: curl('POST', keys, { token: first.key, body: { name: 'Key 11' } }),
        expect: ['409 {…"code":"active_key_limit_reached"…}'],
      },
      {
        row: 'L8',
        shows: "A key manages its own organization's keys: it creates,",
        command: curl('POST', keys, { token: main.key, body: { name: 'CI' } }),
        expect: ['201 {"id":…,"key":"ll_…","name":"CI",…}'],
      },
      {
        row: 'L8',
        shows: 'lists,',
        command: curl('GET', keys, { token: main.key }),
        expect: ['200 [{…"name":"CI",…}…]'],
      },
      {
        row: 'L8',
        shows: 'and revokes.',
        command: curl('DELETE', `${keys}/${managed.number}`, { token: main.key }),
        expect: ['204'],
      },
      {
        row: 'L8',
        shows: 'The revoked one is off.',
        command: curl('GET', balance, { token: managed.key }),
        expect: [UNAUTHORIZED],
      },
    ],
  };
}
