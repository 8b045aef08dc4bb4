import type { Operator } from './operator.ts';
import { curl, type Section } from './step.ts';

const UNAUTHORIZED =
  '401 {"type":"urn:keyhold:problem:unauthorized","title":"Unauthorized","status":401,"code":"unauthorized"}';

/** Local eSIM: the operator does everything, and a 401 tells nothing. */
export async function showLocalEsim(operator: Operator, apiUrl: string): Promise<Section> {
  const partner = { keyspace: 'local-esim', organization: 'roamly', environment: 'production' };
  await operator.post('/v1/organizations', { id: 'roamly', name: 'Roamly', features: ['partner-api'] });
  await operator.post('/v1/organizations', { id: 'wander', name: 'Wander, contract not signed yet' });
  const main = await operator.issue({ ...partner, name: 'Roamly' });
  const compromised = await operator.issue({ ...partner, name: 'Roamly, compromised' });
  const given = await operator.issue({ ...partner, name: 'Roamly, given up' });
  const lost = await operator.issue({ ...partner, name: 'Roamly, lost' });
  const trial = await operator.issue({ ...partner, name: 'Roamly, test', environment: 'test' });
  const featureOff = await operator.issue({ ...partner, name: 'Wander', organization: 'wander' });
  const expired = await operator.issueExpired({ ...partner, name: 'Roamly, a day pass' });

  const customers = `${apiUrl}/v1/customers`;
  const keys = `${operator.url}/v1/keys`;
  const refused = (shows: string, token?: string) => ({
    row: 'E6',
    shows,
    command: curl('GET', customers, token === undefined ? {} : { token }),
    expect: [UNAUTHORIZED],
  });
  return {
    title: `Local eSIM Partner API · ${apiUrl}`,
    notes: [
      'Keys come from the operator alone. The feature "partner-api" is on for roamly and off for wander.',
    ],
    steps: [
      {
        row: 'E1',
        shows: 'A key is 32 characters of base64url; it goes on every request.',
        command: curl('GET', customers, { token: main.key }),
        expect: ['200 {"customers":[…]}'],
      },
      {
        row: 'E1',
        shows: 'A value of any other shape is refused without a look-up.',
        command: curl('GET', customers, { token: 'YOUR_SECRET_TOKEN' }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'E2',
        shows: 'The operator issues a key; this answer alone shows it.',
        command: curl('POST', keys, {
          token: operator.token,
          body: { ...partner, name: 'Roamly, second office' },
        }),
        expect: ['201 {…"masked_key":"…",…"key":"…"}'],
      },
      {
        row: 'E2',
        shows: 'Afterwards only its beginning is shown.',
        command: curl('GET', `${keys}/${main.id}`, { token: operator.token }),
        expect: [`200 {"id":"${main.id}",…"masked_key":"${main.key.slice(0, 4)}…}`],
      },
      {
        row: 'E3',
        shows: "The document's own request.",
        command: [
          `curl -X POST ${customers} \\`,
          `  -H "Authorization: Bearer ${main.key}" \\`,
          '  -H "Content-Type: application/json" \\',
          "  -d '{",
          '    "email": "customer@example.com",',
          '    "tags": ["your_partner_tag"]',
          "  }'",
        ].join('\n'),
        expect: ['201 {"id":1,"email":"customer@example.com","tags":["your_partner_tag"],…}'],
      },
      {
        row: 'E4',
        shows: 'Recycle: a new secret under the same label …',
        command: curl('POST', `${keys}/${compromised.id}/recycle`, { token: operator.token }),
        expect: ['200 {…"name":"Roamly, compromised",…"key":"…"}'],
      },
      {
        row: 'E4',
        shows: '… and the old one has stopped.',
        command: curl('GET', customers, { token: compromised.key }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'E4',
        shows: 'Revoke: for good, with nothing in its place …',
        command: curl('POST', `${keys}/${given.id}/revoke`, { token: operator.token }),
        expect: ['200 {…"state":"revoked",…}'],
      },
      {
        row: 'E4',
        shows: '… at once …',
        command: curl('GET', customers, { token: given.key }),
        expect: [UNAUTHORIZED],
      },
      {
        row: 'E4',
        shows: '… and not to be undone.',
        command: curl('POST', `${keys}/${given.id}/recycle`, { token: operator.token }),
        expect: ['409 {…"code":"key_revoked",…}'],
      },
      {
        row: 'E5',
        shows: 'A lost key: the operator recycles it.',
        command: curl('POST', `${keys}/${lost.id}/recycle`, { token: operator.token }),
        expect: ['200 {…"name":"Roamly, lost",…"key":"…"}'],
      },
      refused('One 401 for everything: a key that nobody has,', 'A'.repeat(32)),
      refused('a key whose partner has the feature off,', featureOff.key),
      refused('a test key,', trial.key),
      refused('an expired key,', expired.key),
      refused('no header at all.'),
    ],
  };
}
