import { z } from 'zod';
import { instant } from './fields.ts';
import { operatorScope } from './operator.ts';
import { password, personEmail, personId, personName, personRole } from './person.ts';

export const consoleState = z
  .object({
    set_up: z.boolean().meta({ description: 'False until the first person exists.' }),
    oidc: z
      .object({ name: z.string().meta({ examples: ['Example SSO'] }) })
      .nullable()
      .meta({ description: 'The provider people may log in by; null: none.' }),
    version: z.string(),
  })
  .meta({ description: 'What the console has to know before anybody is logged in.' });
export type ConsoleStateBody = z.infer<typeof consoleState>;

export const consoleSession = z
  .object({
    person: z.object({
      id: personId,
      name: personName,
      email: personEmail,
      role: personRole,
      totp_enabled: z.boolean(),
      has_password: z.boolean().meta({ description: 'False for somebody who logs in by a provider only.' }),
    }),
    scopes: z.array(operatorScope).meta({ description: 'What the role opens.' }),
    authenticated_at: instant.meta({ description: 'When they last proved who they are.' }),
    expires_at: instant.meta({ description: 'When the session ends at the latest.' }),
    reauthenticated_until: instant.meta({
      description: 'Until when dangerous calls are taken without proving it again.',
    }),
  })
  .meta({ description: 'Who is logged in.' });
export type ConsoleSessionBody = z.infer<typeof consoleSession>;

const totp = z
  .string()
  .max(64)
  .meta({
    description: 'The six digits that the app shows now, or one of the recovery codes.',
    examples: ['492039'],
  });
const code = z.string().max(256).meta({ description: "What stands behind the link's #." });

const PASSWORD = 'correct horse battery staple';

export const setUpRequest = z
  .strictObject({ code, name: personName, email: personEmail, password })
  .meta({ examples: [{ code: 'khsu_…', name: 'Sam Ortiz', email: 'sam@example.com', password: PASSWORD }] });
export const loginRequest = z
  .strictObject({ email: personEmail, password, totp: totp.optional() })
  .meta({ examples: [{ email: 'sam@example.com', password: PASSWORD, totp: '492039' }] });
export const acceptInvitationRequest = z
  .strictObject({ code, name: personName, password })
  .meta({ examples: [{ code: 'khin_…', name: 'Sam Ortiz', password: PASSWORD }] });
export const reauthenticateRequest = z
  .strictObject({ password, totp: totp.optional() })
  .meta({ examples: [{ password: PASSWORD, totp: '492039' }] });
export const changePasswordRequest = z
  .strictObject({ current_password: password, new_password: password })
  .meta({ examples: [{ current_password: PASSWORD, new_password: 'another horse battery' }] });
export const confirmTotpRequest = z.strictObject({ totp }).meta({ examples: [{ totp: '492039' }] });
export const removeTotpRequest = z.strictObject({ password }).meta({ examples: [{ password: PASSWORD }] });

export const totpEnrolment = z
  .object({
    secret: z.string().meta({ description: 'Base32, for typing into the app.' }),
    otpauth_url: z.string().meta({ description: 'The same for a QR code.' }),
  })
  .meta({ description: 'Nothing is in force until a code of the app was confirmed.' });
export type TotpEnrolmentBody = z.infer<typeof totpEnrolment>;

export const confirmedTotp = consoleSession.extend({
  recovery_codes: z
    .array(z.string())
    .meta({ description: 'Ten, shown in this answer only; each works once in place of a code.' }),
});
export type ConfirmedTotpBody = z.infer<typeof confirmedTotp>;

export const oidcStartQuery = z.strictObject({
  reauthenticate: z
    .literal('1')
    .optional()
    .meta({ description: 'Asks the provider to have the person prove who they are again.' }),
});
/** What a provider adds to its redirect; more than these is the provider's business. */
export const oidcCallbackQuery = z.looseObject({});
