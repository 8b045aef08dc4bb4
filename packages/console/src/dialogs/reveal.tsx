import type { KeysPageSession } from '@keyhold/api/keys-page';
import { useEffect, useRef, useState } from 'react';
import { toCurl, toEnvLine } from '../keys/call-example.ts';
import type { OneTimeSecret } from '../keys/one-time-secret.ts';
import { useSurroundings } from '../keys/surroundings.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { copyText } from './copy-text.ts';
import { DialogFrame } from './frame.tsx';

/** What is shown, in words. */
export interface RevealWords {
  readonly text: string;
  /** Its name, for screen readers. */
  readonly label: string;
  readonly copy: string;
}

export interface RevealProps {
  readonly title: string;
  /** What is said of it; default: of a key. */
  readonly words?: RevealWords;
  /** What this means for what was there before; null: there was nothing. */
  readonly note: string | null;
  /** How the key is sent, for lines to paste; null: not known here. */
  readonly paste: { readonly example: KeysPageSession['example']; readonly maskedKey: string } | null;
  readonly secret: OneTimeSecret;
  readonly onClose: () => void;
}

/**
 * Shows one key, once. The key stands in one text node, which React knows nothing of, and is forgotten with the dialog;
 * the lines to paste show the masked key and copy the whole one.
 */
export function Reveal({ title, words, note, paste, secret, onClose }: RevealProps) {
  const { say } = useSurroundings();
  const { text, label, copy } = words ?? {
    text: say('revealText'),
    label: say('secretLabel'),
    copy: say('copyKey'),
  };
  const [isCopied, setCopied] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  useLeavingGuard(!isCopied);
  useForgetting(secret, onClose);

  const leave = () => {
    if (isCopied) onClose();
    else setLeaving(true);
  };
  if (isLeaving) {
    return (
      <DialogFrame isAlert title={say('leaveTitle')} onClose={() => setLeaving(false)}>
        <p className="mt-2 text-soft">{say('leaveText')}</p>
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('leaveAnyway')}</Button>
          <Button kind="primary" onClick={() => setLeaving(false)}>
            {say('leaveStay')}
          </Button>
        </div>
      </DialogFrame>
    );
  }
  const copied = () => setCopied(true);
  return (
    <DialogFrame isAlert title={title} onClose={leave}>
      <p className="mt-2 text-soft">{text}</p>
      {note !== null && <p className="mt-2 text-soft">{note}</p>}
      <SecretField label={label} copyLabel={copy} secret={secret} onCopied={copied} />
      {paste !== null && <Snippets {...paste} secret={secret} onCopied={copied} />}
      <div className="mt-6 flex justify-end">
        <Button kind={isCopied ? 'primary' : 'plain'} onClick={leave}>
          {say('done')}
        </Button>
      </div>
    </DialogFrame>
  );
}

function SecretField({
  label,
  copyLabel,
  secret,
  onCopied,
}: {
  readonly label: string;
  readonly copyLabel: string;
  readonly secret: OneTimeSecret;
  readonly onCopied: () => void;
}) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element !== null) element.textContent = secret.read();
    return () => {
      if (element !== null) element.textContent = '';
    };
  }, [secret]);
  function select() {
    if (place.current !== null) getSelection()?.selectAllChildren(place.current);
  }
  return (
    <fieldset className="mt-4 grid gap-2 rounded-kh border border-strong bg-panel p-3">
      <legend className="sr-only">{label}</legend>
      <code ref={place} className="px-1 py-0.5 font-mono text-sm break-all select-all" />
      <CopyButton
        kind="primary"
        label={copyLabel}
        autoFocus
        read={() => secret.read() ?? ''}
        onCopied={onCopied}
        onFailed={select}
      />
    </fieldset>
  );
}

function Snippets(props: {
  readonly example: KeysPageSession['example'];
  readonly maskedKey: string;
  readonly secret: OneTimeSecret;
  readonly onCopied: () => void;
}) {
  const { say } = useSurroundings();
  const { example, maskedKey, secret, onCopied } = props;
  const curl = toCurl(example, maskedKey);
  return (
    <>
      <Snippet
        label={say('envLabel')}
        copyLabel={say('copyEnv')}
        shown={toEnvLine(example, maskedKey)}
        write={(key) => toEnvLine(example, key)}
        secret={secret}
        onCopied={onCopied}
      />
      {curl !== null && (
        <Snippet
          label={say('curlLabel')}
          copyLabel={say('copyCurl')}
          shown={curl}
          write={(key) => toCurl(example, key) ?? ''}
          secret={secret}
          onCopied={onCopied}
        />
      )}
    </>
  );
}

function Snippet(props: {
  readonly label: string;
  readonly copyLabel: string;
  readonly shown: string;
  readonly write: (key: string) => string;
  readonly secret: OneTimeSecret;
  readonly onCopied: () => void;
}) {
  const { label, copyLabel, shown, write, secret, onCopied } = props;
  return (
    <div className="mt-4">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-[0.8125rem] font-medium text-soft">{label}</h3>
        <CopyButton
          kind="quiet"
          label={copyLabel}
          isSmall
          read={() => write(secret.read() ?? '')}
          onCopied={onCopied}
        />
      </div>
      <pre className="mt-1 rounded-kh border border-line bg-panel px-3.5 py-2.5 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap wrap-anywhere">
        <code>{shown}</code>
      </pre>
    </div>
  );
}

const CONFIRMED_MS = 2_500;

function CopyButton(props: {
  readonly kind: 'primary' | 'quiet';
  readonly label: string;
  readonly isSmall?: boolean;
  readonly autoFocus?: boolean;
  readonly read: () => string;
  readonly onCopied: () => void;
  readonly onFailed?: () => void;
}) {
  const { kind, label, isSmall = false, autoFocus = false, read, onCopied, onFailed } = props;
  const { say } = useSurroundings();
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready');
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (autoFocus) button.current?.focus();
  }, [autoFocus]);
  useEffect(() => {
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('ready'), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [state]);
  async function copy(beside: HTMLElement) {
    const isCopied = await copyText(read(), beside);
    setState(isCopied ? 'copied' : 'failed');
    if (isCopied) onCopied();
    else onFailed?.();
  }
  return (
    <span className={isSmall ? undefined : 'grid gap-2'}>
      <Button
        ref={button}
        kind={kind}
        className={isSmall ? 'h-7 px-2! text-[0.8125rem]' : undefined}
        onClick={(event) => void copy(event.currentTarget)}
      >
        <Icon name={state === 'copied' ? 'check' : 'copy'} className="size-3.5" />
        {state === 'copied' ? say('copied') : label}
      </Button>
      <span role="status" className="block text-[0.8125rem] text-danger empty:hidden">
        {state === 'copied' && <span className="sr-only">{say('copied')}</span>}
        {state === 'failed' && say('copyFailed')}
      </span>
    </span>
  );
}

/** The browser asks before the page is left while the key was not copied. */
function useLeavingGuard(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isOn]);
}

/** A page that is put aside, to come back by the back button, has forgotten the key. */
function useForgetting(secret: OneTimeSecret, onClose: () => void): void {
  useEffect(() => {
    const forget = () => {
      secret.forget();
      onClose();
    };
    addEventListener('pagehide', forget);
    return () => removeEventListener('pagehide', forget);
  }, [secret, onClose]);
}
