import type { Statement } from './_statements.ts';

/** The document, statement by statement, with what the guide says for each. */
export const ESMS_AFRICA: readonly Statement[] = [
  { heading: 'API Keys API Keys' },
  {
    document: 'Create and manage API keys for programmatic access to eSMS Africa.',
    guide: ['eSMS Africa: authentication', 'Getting a key', 'Managing keys by program'],
  },
  { heading: 'Create a key' },
  {
    document:
      'POST /api/api-keys{ "name": "Production server", "environment": "live", "scopes": "send,query" }',
    guide:
      'POST /api/api-keys json { "name": "Production server", "environment": "live", "scopes": "send,query" }',
  },
  {
    document: '| Field | Type | Required | Description | |---|---|---|---|',
    guide: '| Field | Type | Required | Description | | --- | --- | --- | --- |',
  },
  {
    document: 'name | string | Yes | Human-readable label for this key |',
    guide: 'name | string | Yes | Human-readable label for this key |',
  },
  {
    document: 'environment | string | Yes | live or test |',
    guide: 'environment | string | Yes | live or test |',
  },
  {
    document: 'scopes | string | Yes | Comma-separated list of scopes |',
    guide: 'scopes | string | Yes | Comma-separated list of scopes, or an array |',
  },
  {
    document:
      'Response: { "id": 12, "key": "esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6", "name": "Production server", "prefix": "esms_live_****o5p6", "environment": "live", "scopes": ["send", "query"], "created_at": "2026-05-02T10:00:00Z" }',
    guide:
      'Response, 201: json { "id": 12, "key": "esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6", "name": "Production server", "prefix": "esms_live_****o5p6", "environment": "live", "scopes": ["send", "query"], "created_at": "2026-05-02T10:00:00Z" }',
  },
  {
    document: 'The full key is shown once only in the response.',
    guide: 'The full key is shown once only, in this response.',
  },
  {
    document: 'Copy it immediately and store it securely. You cannot retrieve it again.',
    guide:
      'Copy the full key immediately and store it securely: it is shown once only, and you cannot retrieve it again.',
  },
  { heading: 'Scopes' },
  { document: '| Scope | Allowed operations | |---|---|', guide: '| Scope | Allowed operations |' },
  {
    document:
      'send | POST /api/messages/send, POST /api/messages/send-bulk, POST /api/messages/bulk-precheck |',
    guide: 'send | POST /api/messages/send, POST /api/messages/send-bulk, POST /api/messages/bulk-precheck |',
  },
  {
    document:
      'query | GET /api/messages, GET /api/messages/{id}, GET /api/balance, GET /api/balance/transactions, GET /api/routes |',
    guide:
      'query | GET /api/messages, GET /api/messages/{id}, GET /api/balance, GET /api/balance/transactions, GET /api/routes |',
  },
  {
    document: 'webhooks | GET /api/webhooks, PUT /api/webhooks, POST /api/webhooks/rotate-secret |',
    guide: 'webhooks | GET /api/webhooks, PUT /api/webhooks, POST /api/webhooks/rotate-secret |',
  },
  {
    document: 'Request only the scopes your integration needs.',
    guide: 'Request only the scopes your integration needs.',
  },
  {
    document: 'A key with only query scope cannot send messages.',
    guide: 'A key with only the scope query cannot call POST /api/messages/send.',
  },
  { heading: 'List keys' },
  {
    document:
      'GET /api/api-keys[ { "id": 12, "name": "Production server", "prefix": "esms_live_****o5p6", "environment": "live", "scopes": ["send", "query"], "is_active": true, "last_used_at": "2026-05-02T11:30:00Z", "created_at": "2026-05-02T10:00:00Z" } ]',
    guide:
      'GET /api/api-keys lists your keys, newest first, never the full key: json [ { "id": 12, "name": "Production server", "prefix": "esms_live_****o5p6", "environment": "live", "scopes": ["send", "query"], "is_active": true, "last_used_at": "2026-05-02T11:30:00Z", "created_at": "2026-05-02T10:00:00Z" } ]',
  },
  {
    // The document's own examples show ten characters and the last four, and the examples win.
    document:
      'The prefix shows the first 8 chars plus the last 4 - enough to identify the key without exposing it.',
    guide: 'The list of your keys shows esms_live_****o5p6: enough to identify the key without exposing it.',
    notTheGuide: 'first 8',
  },
  { heading: 'Revoke a key' },
  {
    document: 'DELETE /api/api-keys/{key_id}Revocation is immediate.',
    guide: 'DELETE /api/api-keys/{key_id} revokes a key and answers 204. Revocation is immediate',
  },
  {
    document: 'Any in-flight requests using the key will fail.',
    guide: 'Any in-flight requests using the key fail',
  },
  { heading: 'Best practices' },
  {
    document:
      '- One key per service - create separate keys for your API server, scripts, and integrations. This lets you revoke one without disrupting others.',
    guide:
      '- One key per service. Create separate keys for your API server, scripts and integrations. This lets you revoke one without disrupting others.',
  },
  {
    document: '- Use environment variables - never hardcode keys in source code.',
    guide: '- Use environment variables. Never hardcode keys in source code.',
  },
  {
    document: '- Rotate regularly - create a new key, update your service, then revoke the old one.',
    guide: '- Rotate regularly. Create a new key, update your service, then revoke the old one.',
  },
  {
    document: '- Use testkeys for development - avoid real charges and message delivery during testing.',
    guide: 'Use test keys for development, without real charges or message delivery.',
  },
  { heading: 'Environment variables example' },
  {
    document: '# .env ESMS_API_KEY=esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
    guide: '.env sh ESMS_API_KEY=esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
  },
  { document: 'import os import httpx', guide: 'import os import httpx' },
  {
    document: 'client = httpx.Client( base_url="https://sms.esmsafrica.io/api",',
    guide: 'client = httpx.Client( base_url="http://127.0.0.1:9102",',
  },
  {
    document: `headers={"Authorization": f"Bearer {os.environ['ESMS_API_KEY']}"}, )`,
    guide: `headers={"Authorization": f"Bearer {os.environ['ESMS_API_KEY']}"}, )`,
  },
];
