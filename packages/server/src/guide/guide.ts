import { type GuideDocument, say } from './guide-document.ts';
import { type GuideSource, headerNameOf } from './guide-source.ts';
import { tellHowToGetAKey } from './sections/getting-a-key.ts';
import { tellExpiry, tellLimits, tellPractice, tellRotation } from './sections/key-life.ts';
import { tellHowKeysLook } from './sections/key-look.ts';
import { tellManagement } from './sections/managing-keys.ts';
import { tellEnvironments, tellScopes } from './sections/permissions.ts';
import { tellRefusals } from './sections/refusals.ts';
import { tellHowToSendTheKey } from './sections/using-the-key.ts';

/**
 * Makes the page that tells the customers of one keyspace how to authenticate. Whatever it says comes from the compiled
 * keyspace itself, so that it holds as long as the configuration does.
 */
export function createGuide(source: GuideSource): GuideDocument {
  const { guide, keyspace } = source;
  const { definition } = keyspace;
  const isBearer = definition.credential.scheme?.toLowerCase() === 'bearer';
  const sections = [
    tellHowToGetAKey(source),
    tellHowKeysLook(source),
    tellHowToSendTheKey(source),
    tellScopes(source),
    tellEnvironments(source),
    tellRefusals(source),
    tellExpiry(source),
    tellRotation(source),
    tellLimits(source),
    tellManagement(source),
    tellPractice(source),
  ];
  return {
    title: `${guide.title}: authentication`,
    lead: definition.retired
      ? say`${guide.title} has retired its API keys: none is issued or accepted any more.`
      : say`Every ${guide.title} request must include a valid API key, ${
          isBearer ? 'as a bearer token ' : ''
        }in the ${{ code: headerNameOf(source) }} header. No sessions, cookies or OAuth flows are required.`,
    sections: sections.filter((section) => section !== null),
  };
}
