import type { Statement } from './_statements.ts';

/** The document, statement by statement, with what the guide says for each. */
export const LOCAL_ESIM: readonly Statement[] = [
  { heading: 'Authentication' },
  {
    document: 'The Local eSIM Partner API uses bearer-token authentication.',
    guide:
      'Every Local eSIM Partner API request must include a valid API key, as a bearer token in the Authorization header.',
  },
  { heading: 'Using your API key' },
  {
    document: 'Include your API key in the Authorization header of every request:',
    guide: 'Pass the key in the Authorization header on every request',
  },
  { document: 'Authorization: Bearer YOUR_SECRET_TOKEN', guide: 'Authorization: Bearer YOUR_KEY' },
  {
    document:
      'Your key is a 32-character random string drawn from the base64url alphabet: the letters A–Z and a–z, the digits 0–9, and the two symbols _ and -.',
    guide: 'A key is 32 characters of the base64url alphabet (A–Z, a–z, 0–9, _ and -), all of it random',
  },
  {
    document:
      'Keys contain no spaces, no other special characters, and no scheme prefix — what you receive at onboarding is the whole secret.',
    guide: [
      'all of it random, without a prefix',
      'It contains no spaces and no other characters; what you receive is the whole secret.',
    ],
  },
  {
    document: "If a value you've been sent doesn't match that shape, it isn't a valid Local eSIM API key.",
    guide: "A value that does not match that shape isn't a valid Local eSIM Partner API key",
  },
  { heading: 'Where keys come from' },
  {
    document: 'Keys are issued by Local eSIM directly.',
    guide: 'Keys are issued by Local eSIM directly.',
  },
  {
    document:
      'Your point of contact at Local eSIM will send you the key over a secure channel during onboarding.',
    guide: 'Your point of contact at Local eSIM sends you the key over a secure channel during onboarding.',
  },
  {
    document: 'Keys are shown only once at the moment of creation.',
    guide: 'A key is shown only once, at the moment of creation',
  },
  {
    document:
      'If you lose your key, contact Local eSIM and they can issue a new one (which invalidates the old one).',
    guide:
      'If you lose it, contact Local eSIM: they recycle it, which gives you a new one and invalidates the old one.',
  },
  { heading: 'Example request' },
  {
    document: 'curl -X POST https://api.local-esim.com/v1/customers \\',
    guide: 'curl -X POST http://127.0.0.1:9101/v1/customers \\',
  },
  {
    document: '-H "Authorization: Bearer YOUR_SECRET_TOKEN" \\',
    guide: '-H "Authorization: Bearer $LOCAL_ESIM_API_KEY" \\',
  },
  {
    document: '-H "Content-Type: application/json" \\',
    guide: '-H "Content-Type: application/json" \\',
  },
  {
    document: `-d '{ "email": "customer@example.com", "tags": ["your_partner_tag"] }'`,
    guide: `-d '{ "email": "customer@example.com", "tags": ["your_partner_tag"] }'`,
  },
  { heading: 'Key rotation' },
  {
    document:
      'If you suspect your key has been compromised — or as a periodic security practice — contact Local eSIM to rotate it. Local eSIM can either:',
    guide:
      'If you suspect that your key has been compromised, or as a periodic security practice, contact Local eSIM to rotate it. Local eSIM can either:',
  },
  {
    document:
      '- Recycle the key, which generates a new secret under the same label. The old secret stops working immediately.',
    guide:
      '- Recycle the key, which generates a new secret under the same name. The old secret stops working immediately.',
  },
  {
    document: '- Revoke the key, which permanently disables it without issuing a replacement.',
    guide: '- Revoke the key, which permanently disables it without issuing a replacement.',
  },
  {
    document: 'Either action takes effect instantly. There is no grace period.',
    guide: 'Either action takes effect instantly. There is no grace period.',
  },
  { heading: "What if my key doesn't work?" },
  {
    document: 'If you receive a 401 Unauthorized response, check that:',
    guide: ['A key that is not accepted gets 401 Unauthorized:', 'Check that:'],
  },
  {
    document: '- The Authorization header is present and spelled correctly.',
    guide: '- The Authorization header is present and spelled correctly.',
  },
  {
    document: '- The format is exactly Bearer followed by your key (note the space after Bearer).',
    guide: '- The format is exactly Bearer followed by your key (note the space after Bearer).',
  },
  {
    document: "- You're using the production key — not a test or expired key.",
    guide: [
      "- You're using the production key, not a test key.",
      '- The key has not passed its expiry date.',
    ],
  },
  {
    document: "- The key hasn't been recycled or revoked. If in doubt, contact Local eSIM.",
    guide: "- The key hasn't been recycled, revoked or disabled. If in doubt, contact Local eSIM.",
  },
  {
    document:
      'For security reasons, the API does not distinguish between "key not found", "key revoked", and "feature not enabled" — all return the same generic 401 response.',
    guide:
      'For security reasons, the API does not distinguish between “key not found”, “key revoked”, “key expired”, “wrong environment” and “feature not enabled”: all return the same generic 401 response, byte for byte.',
  },
];
