import { code, type GuideSection, paragraph, say, type Text } from '../guide-document.ts';
import { type GuideSource, providerOf, selfServiceOf } from '../guide-source.ts';

export function tellExpiry(source: GuideSource): GuideSection {
  const { maxLifetimeMs } = source.keyspace.definition.limits;
  const shown =
    selfServiceOf(source) === null
      ? say`Ask ${providerOf(source)} for the expiry date of a key.`
      : say`The expiry date appears in the list of your keys.`;
  return {
    id: 'expiry',
    title: 'Key expiry',
    blocks: [
      paragraph(
        maxLifetimeMs === null
          ? say`Keys can be created with an optional expiry date. Non-expiring keys remain valid until explicitly revoked.`
          : say`Every key has an expiry date, at most ${toWords(maxLifetimeMs)} ahead when it is created.`,
      ),
      paragraph(
        say`Once expired, a key returns 401 immediately, and a request in progress with it is ended. ${shown}`,
      ),
    ],
  };
}

export function tellRotation(source: GuideSource): GuideSection {
  const { maxGraceMs } = source.keyspace.definition.recycle;
  const provider = providerOf(source);
  const isSelfService = selfServiceOf(source) !== null;
  const grace =
    maxGraceMs === 0
      ? say`The old secret stops working immediately.`
      : say`The old secret stops working immediately, or after a grace period of up to ${toWords(maxGraceMs)} if you ask for one.`;
  return {
    id: 'rotation',
    title: 'Recycling and revoking',
    blocks: [
      paragraph(
        isSelfService
          ? say`If you suspect that a key has been compromised, or as a periodic security practice, replace it. You can either:`
          : say`If you suspect that your key has been compromised, or as a periodic security practice, contact ${provider} to rotate it. ${provider} can either:`,
      ),
      {
        kind: 'list',
        items: [
          say`${{ strong: 'Recycle' }} the key, which generates a new secret under the same name. ${grace}`,
          say`${{ strong: 'Revoke' }} the key, which permanently disables it without issuing a replacement.`,
        ],
      },
      paragraph(
        maxGraceMs === 0
          ? say`Either action takes effect instantly. There is no grace period.`
          : say`Revoking takes effect instantly, and so does recycling without a grace period.`,
      ),
      paragraph(
        say`Instantly means: when the call returns, or the page says so, no request with the old secret is accepted any more. Any in-flight requests using the key fail: with the 401 above where no answer had begun, otherwise by a closed connection.`,
      ),
    ],
  };
}

export function tellLimits({ keyspace }: GuideSource): GuideSection | null {
  const { activeKeysPerOrganization: keys } = keyspace.definition.limits;
  if (keys === null) return null;
  return {
    id: 'limits',
    title: 'Limits',
    blocks: [
      paragraph(
        say`Each organisation can have up to ${String(keys)} active API ${keys === 1 ? 'key' : 'keys'} at once. A key is active until it is revoked or expires; a disabled one counts. One more is refused with ${code('409')}: revoke one first.`,
      ),
    ],
  };
}

export function tellPractice({ guide, keyspace }: GuideSource): GuideSection {
  const { environments, scopes } = keyspace.definition;
  const described = environments.flatMap((name): Text => {
    const use = guide.environments[name];
    return use === undefined ? [] : say` Use ${code(name)} keys for ${use}.`;
  });
  const items: Text[] = [
    say`${{ strong: 'One key per service.' }} Create separate keys for your API server, scripts and integrations. This lets you revoke one without disrupting others.`,
    say`${{ strong: 'Use environment variables.' }} Never hardcode keys in source code.`,
    say`${{ strong: 'Rotate regularly.' }} Create a new key, update your service, then revoke the old one.`,
    ...(scopes === null
      ? []
      : [say`${{ strong: 'Ask for little.' }} Give a key only the scopes its service needs.`]),
    ...(described.length === 0 ? [] : [say`${{ strong: 'Keep environments apart.' }}${described}`]),
  ];
  return { id: 'good-practice', title: 'Good practice', blocks: [{ kind: 'list', items }] };
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `90 days`, in the largest unit that leaves nothing over. */
function toWords(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ['millisecond', 1];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
