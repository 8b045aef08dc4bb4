import { PERSON_ROLES, type PersonRole } from '@keyhold/core';
import { z } from 'zod';
import type { OidcSettings } from '../console/oidc-settings.ts';
import { hostName, serviceUrl, text } from './field-types.ts';
import type { FieldPath, ProblemCollector } from './problem.ts';
import { readSection, type Section } from './section.ts';
import { type ConfigNode, findPosition } from './yaml-tree.ts';

const role = z.enum(PERSON_ROLES);

export const OIDC = {
  title: 'settings.oidc',
  description:
    'The OpenID provider that people may log in to the console by, besides their password. Its redirect address is `PUBLIC_URL/v1/console/oidc/callback`. The client secret stands in `KEYHOLD_OIDC_CLIENT_SECRET` or the file that `KEYHOLD_OIDC_CLIENT_SECRET_FILE` names; without one the client is public. Who comes in for the first time becomes a person; somebody with the same verified address is the same person.',
  fields: z.strictObject({
    name: text(40).default('single sign-on').meta({
      type: 'text',
      default: 'single sign-on',
      description: 'What the button says after "Log in with".',
    }),
    issuer: serviceUrl.meta({
      type: 'URL',
      description: 'The issuer as the provider writes it: https, or http on this machine.',
    }),
    client_id: text(255).meta({ type: 'text', description: 'What the provider calls Keyhold.' }),
    allowed_domains: z.array(hostName).min(1).max(100).meta({
      type: 'list of domains',
      description: 'Of e-mail addresses that the provider has verified. Nobody else comes in.',
    }),
    role: role.default('read_only').meta({
      type: '`owner`, `operator`, `read_only`',
      default: 'read_only',
      description: 'The role of who comes in for the first time, or of whom `roles` says nothing.',
    }),
    role_claim: text(255).optional().meta({
      type: 'name of a claim',
      default: 'none: roles are given in the console',
      description:
        'The claim of the ID token, a text or a list of texts, that says the role at every log-in.',
    }),
    roles: z.record(text(255), role).optional().meta({
      type: 'map: value → role',
      default: 'none',
      description: 'What the values of `role_claim` stand for; the first one that the person has counts.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

/** Reads the section. Null when something in it is wrong. */
export function readOidc(
  node: ConfigNode,
  path: FieldPath,
  problems: ProblemCollector,
): Omit<OidcSettings, 'clientSecret'> | null {
  const { values, whole } = readSection(OIDC, node, path, problems);
  const report = (field: string, message: string) =>
    problems.add(findPosition(node, [field]), [...path, field], message);
  const { issuer } = values;
  if (issuer !== undefined && issuer.protocol !== 'https:' && !isLoopback(issuer)) {
    report('issuer', 'must be https; only on this machine it may be http');
  }
  if ((values.roles === undefined) !== (values.role_claim === undefined)) {
    report(values.roles === undefined ? 'role_claim' : 'roles', 'needs both "role_claim" and "roles"');
  }
  if (whole === null) return null;
  return {
    name: whole.name,
    // A provider compares it byte for byte, and writes a bare host without a slash.
    issuer: whole.issuer.pathname === '/' ? whole.issuer.origin : whole.issuer.href,
    clientId: whole.client_id,
    allowedDomains: whole.allowed_domains.map((domain) => domain.toLowerCase()),
    role: whole.role,
    roleClaim: whole.role_claim ?? null,
    roles: Object.entries<PersonRole>(whole.roles ?? {}),
  };
}

function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
