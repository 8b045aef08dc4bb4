import {
  createKeysClient,
  createTokenSource,
  ShadowKeys,
  type Strings,
  shadowStyles,
} from '@keyhold/console/embedding';
import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

export interface ApiKeysProps {
  /** Where the keyspace's page stands: `https://api.example.com/keys`. */
  readonly src: string;
  /**
   * Asks your backend for the `token` of a portal session (`POST /v1/portal-sessions`). Called once, and again when that
   * session has ended.
   */
  readonly getToken: () => Promise<string>;
  /** Default: as the reader's system has it. */
  readonly theme?: 'light' | 'dark';
  /** Replacements of what is said. */
  readonly strings?: Strings;
  /** For dates and numbers (BCP 47). Default: `en`. */
  readonly locale?: string;
  readonly className?: string;
  /** A place for the `--keyhold-…` variables. */
  readonly style?: CSSProperties;
}

const NO_STRINGS: Strings = {};

/** A customer's keys inside your page, in a shadow root: no style of it reaches your page, and none of yours its parts. */
export function ApiKeys({
  src,
  getToken,
  theme,
  strings = NO_STRINGS,
  locale = 'en',
  ...place
}: ApiKeysProps) {
  const host = useRef<HTMLDivElement>(null);
  const ask = useRef(getToken);
  ask.current = getToken;
  const [root, setRoot] = useState<ShadowRoot | null>(null);
  const client = useMemo(
    () =>
      createKeysClient(
        src,
        createTokenSource(() => ask.current()),
      ),
    [src],
  );
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const shadow = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [shadowStyles()];
    setRoot(shadow);
  }, []);
  return (
    <div ref={host} {...place} {...(theme !== undefined && { theme })}>
      {root !== null && createPortal(<ShadowKeys client={client} strings={strings} locale={locale} />, root)}
    </div>
  );
}
