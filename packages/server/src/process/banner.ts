import { formatInstantSeconds, type KeyspaceDefinition } from '@keyhold/core';

/** What a server that is ready tells the person who started it, on standard output. */
export interface BannerFacts {
  readonly version: string;
  /** Of the management port; null when this process has none. */
  readonly url: string | null;
  readonly gateways: readonly { readonly keyspaces: readonly string[]; readonly url: string }[];
  /** The first operator's token, on the very first start and then never again. */
  readonly firstToken: string | null;
  /** Where the first person sets up the console, on the very first start; null otherwise. */
  readonly setUpUrl: string | null;
  /** For the examples. */
  readonly keyspaces: readonly KeyspaceDefinition[];
  readonly nowMs: number;
}

/**
 * The banner as a shell script: what is not a command is a comment, so that the whole of it can be pasted or evaluated.
 */
export function renderBanner(facts: BannerFacts): string {
  const { version, url, gateways, firstToken, setUpUrl, keyspaces, nowMs } = facts;
  const lines = [
    `# Keyhold ${version} is ready${url === null ? '' : ` at ${url}, its API reference at ${url}/docs`}`,
  ];
  for (const gateway of gateways) lines.push(`# gateway of ${gateway.keyspaces.join(', ')}: ${gateway.url}`);
  if (setUpUrl !== null) {
    lines.push('', '# Set up the console within a day; later: keyhold people setup-link', `# ${setUpUrl}`);
  }
  if (firstToken !== null) {
    lines.push(
      '',
      '# The first operator token, with every scope. It is not shown again; keep it safe.',
      `export KEYHOLD_OPERATOR_TOKEN=${firstToken}`,
    );
    const keyspace = keyspaces.find(({ retired }) => !retired);
    if (url !== null && keyspace !== undefined) lines.push(...renderExamples(url, keyspace, nowMs));
  }
  return `${lines.join('\n')}\n`;
}

/** The banner for programs: one JSON object on one line. */
export function renderJsonBanner({ version, url, gateways, firstToken, setUpUrl }: BannerFacts): string {
  const token = {
    ...(firstToken !== null && { operator_token: firstToken }),
    ...(setUpUrl !== null && { console_setup_url: setUpUrl }),
  };
  return `${JSON.stringify({ version, url, gateways: toGatewayUrls(gateways), ...token })}\n`;
}

/** Keyspace → where its gateway is reached. */
export function toGatewayUrls(gateways: BannerFacts['gateways']): Readonly<Record<string, string>> {
  return Object.fromEntries(gateways.flatMap(({ keyspaces, url }) => keyspaces.map((id) => [id, url])));
}

function renderExamples(url: string, keyspace: KeyspaceDefinition, nowMs: number): readonly string[] {
  const [environment] = keyspace.acceptsEnvironments;
  const organization = {
    id: 'acme',
    name: 'Acme Ltd',
    ...(keyspace.requiresFeature === null ? {} : { features: [keyspace.requiresFeature] }),
  };
  const key = {
    keyspace: keyspace.id,
    organization: organization.id,
    name: 'First key',
    ...(environment === undefined ? {} : { environment }),
    ...(keyspace.scopes === null ? {} : { scopes: Object.keys(keyspace.scopes) }),
    ...(keyspace.limits.maxLifetimeMs === null
      ? {}
      : { expires_at: formatInstantSeconds(nowMs + keyspace.limits.maxLifetimeMs / 2) }),
  };
  const verify = post(url, '/v1/verify', '"{\\"key\\":\\"$KEY\\"}"');
  return [
    '',
    '# Create an organization, issue a key, verify it, revoke it; then it is not valid any more.',
    post(url, '/v1/organizations', toShellWord(organization)),
    `ISSUED=$(${post(url, '/v1/keys', toShellWord(key))}); echo "$ISSUED"`,
    `KEY=$(echo "$ISSUED" | sed 's/.*"key":"\\([^"]*\\)".*/\\1/'); KEY_ID=$(echo "$ISSUED" | sed 's/.*"id":"\\(key_[^"]*\\)".*/\\1/')`,
    verify,
    post(url, '/v1/keys/$KEY_ID/revoke', "'{}'"),
    verify,
  ];
}

function post(url: string, path: string, body: string): string {
  return `curl -sS -w '\\n' "${url}${path}" -H "Authorization: Bearer $KEYHOLD_OPERATOR_TOKEN" -H 'Content-Type: application/json' -d ${body}`;
}

function toShellWord(body: object): string {
  return `'${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`;
}
