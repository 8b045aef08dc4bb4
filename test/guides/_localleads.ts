import type { Statement } from './_statements.ts';

/** The document, statement by statement, with what the guide says for each. */
export const LOCALLEADS: readonly Statement[] = [
  { heading: 'Docs / API Reference / Authentication' },
  { heading: 'Authentication' },
  {
    document: 'Every LocalLeads API request must include a valid API key.',
    guide: 'Every LocalLeads request must include a valid API key',
  },
  {
    document:
      'Keys are passed as a Bearer token in the Authorization header — no sessions, cookies, or OAuth flows required.',
    guide: 'as a bearer token in the Authorization header. No sessions, cookies or OAuth flows are required.',
  },
  { heading: 'Getting an API Key' },
  {
    document: '1. Open Settings → Security → API Keys.',
    guide: '1. Open Settings → Security → API Keys.',
  },
  {
    document: '2. Click New key, give it a name, and set an optional expiry.',
    guide: '2. Click New key, give it a name and set an optional expiry.',
  },
  {
    document: '3. Copy the full key — it is shown once only.',
    guide: '3. Copy the full key immediately and store it securely: it is shown once only',
  },
  {
    document: '4. Store it in an environment variable, not in source code.',
    guide:
      '4. Store it in an environment variable, LOCALLEADS_API_KEY in the examples here, not in source code.',
  },
  {
    document: 'API keys carry your full account permissions. Treat them like passwords.',
    guide: 'API keys carry your full account permissions. Treat them like passwords.',
  },
  {
    document: 'Never commit them to source control or expose them in client-side code.',
    guide: 'Never commit them to source control or expose them in client-side code.',
  },
  {
    document: 'Revoke compromised keys immediately from the dashboard.',
    guide: 'Revoke a compromised key immediately.',
  },
  { heading: 'Key Format' },
  {
    document:
      'All API keys start with the prefix ll_ followed by 64 lowercase hex characters (256 bits of entropy).',
    guide:
      'A key is ll_, then 64 lowercase hex characters (0–9 and a–f): 67 characters (256 bits of entropy).',
  },
  {
    document: 'Example: ll_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2',
    guide: 'Example text ll_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2',
  },
  {
    // Its example has thirteen characters before the ellipsis, and the example wins.
    document: 'The dashboard shows the first 12 characters as a visual identifier (ll_a1b2c3d4e5…).',
    guide: 'The list of your keys shows ll_a1b2c3d4e5…: enough to identify the key without exposing it.',
    notTheGuide: '12 characters',
  },
  {
    document: 'The full key is never stored server-side — only its SHA-256 hash is kept.',
    guide: 'The full key is never stored server-side, only its SHA-256 hash is kept.',
  },
  { heading: 'Using the Key in Requests' },
  {
    document: 'Pass the key in the Authorization header on every request:',
    guide: 'Pass the key in the Authorization header on every request',
  },
  { heading: 'http' },
  { document: 'Authorization: Bearer ll_your_api_key_here', guide: 'Authorization: Bearer YOUR_KEY' },
  { heading: 'curl' },
  {
    document: 'curl https://leadsapi.postorbit.io/api/v1/credits/balance \\',
    guide: 'curl http://127.0.0.1:9103/api/v1/credits/balance \\',
  },
  {
    document: '-H "Authorization: Bearer $LOCALLEADS_API_KEY"',
    guide: '-H "Authorization: Bearer $LOCALLEADS_API_KEY"',
  },
  {
    document: 'Store your key in an environment variable (e.g. LOCALLEADS_API_KEY) and read it at runtime.',
    guide: 'The examples read it from LOCALLEADS_API_KEY at runtime.',
  },
  {
    document: 'Never interpolate it directly into code that ships to version control.',
    guide: 'Never write it into code that ships to version control.',
  },
  { heading: 'Auth Errors' },
  {
    document: 'An unauthenticated or invalid request returns 401 Unauthorized:',
    guide: [
      'A key that is not accepted gets 401 Unauthorized:',
      'A request without a key, or with another scheme, gets the same body',
    ],
  },
  { heading: 'json' },
  {
    document: '{ "statusCode": 401, "error": "Unauthorized", "message": "Invalid or expired token" }',
    guide: '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
  },
  { document: 'Common causes:', guide: 'Check that:' },
  {
    document: '• The Authorization header is missing entirely.',
    guide: '- The Authorization header is present and spelled correctly.',
  },
  {
    document: '• The key has been revoked from the dashboard.',
    guide: "- The key hasn't been recycled, revoked or disabled. The list of your keys shows it.",
  },
  {
    document: '• The key has passed its optional expiry date.',
    guide: '- The key has not passed its expiry date.',
  },
  {
    document: '• The key was typed incorrectly — check for extra whitespace.',
    guide: '- The key is whole and typed correctly, without extra whitespace in it.',
  },
  { heading: 'Key Expiry' },
  {
    document: 'Keys can be created with an optional expiry date. Once expired, they return 401 immediately.',
    guide: [
      'Keys can be created with an optional expiry date.',
      'Once expired, a key returns 401 immediately',
    ],
  },
  {
    document: 'Non-expiring keys remain valid until explicitly revoked.',
    guide: 'Non-expiring keys remain valid until explicitly revoked.',
  },
  {
    document: 'The expiry date appears in the key list in the dashboard.',
    guide: 'The expiry date appears in the list of your keys.',
  },
  {
    document: 'Each organisation can have up to 10 active API keys at once.',
    guide: 'Each organisation can have up to 10 active API keys at once.',
  },
  {
    document: 'See the API Keys section to manage keys programmatically.',
    guide:
      'Managing keys by program Send one of your keys, as in every other request: it manages the keys of its own organisation',
  },
];
