import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueKey, startTestApi, type TestApi } from './_api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('the times in an audit event are RFC 3339, and a grace is in seconds', async () => {
  const { id } = await issueKey(api, { expires_at: '2099-01-01T00:00:00Z' });
  await api.send(`/v1/keys/${id}`, { method: 'PATCH', json: { expires_at: '2098-01-01T00:00:00Z' } });
  await api.send(`/v1/keys/${id}`, { method: 'PATCH', json: { expires_at: null } });
  await api.send(`/v1/keys/${id}/recycle`, { json: { grace: '15m' } });
  const ofKey = await api.send(`/v1/audit-events?subject=${id}`);
  expect(ofKey.body.data.map(({ details }: { details: object }) => details)).toMatchObject([
    { generation: 2, grace_seconds: 900 },
    { expires_at: { from: '2098-01-01T00:00:00Z', to: null } },
    { expires_at: { from: '2099-01-01T00:00:00Z', to: '2098-01-01T00:00:00Z' } },
    { expires_at: '2099-01-01T00:00:00Z' },
  ]);
  const session = await api.send('/v1/portal-sessions', {
    json: { keyspace: 'esms-africa', organization: 'acme' },
  });
  const ofSession = await api.send(`/v1/audit-events?subject=${session.body.id}`);
  expect(ofSession.body.data[0].details).toEqual({ expires_at: session.body.expires_at });
});
