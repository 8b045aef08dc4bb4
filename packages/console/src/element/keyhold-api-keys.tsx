import { createRoot, type Root } from 'react-dom/client';
import { createKeysClient } from '../api/keys-client.ts';
import { createTokenSource } from '../api/token-source.ts';
import type { Strings } from '../strings.ts';
import { ShadowKeys } from './shadow-keys.tsx';
import { shadowStyles } from './styles.ts';

/** The name under which a page writes it: `<keyhold-api-keys src="https://api.example.com/keys">`. */
export const ELEMENT_NAME = 'keyhold-api-keys';

/**
 * The API Keys page as an element of any page, with React inside and a shadow root around.
 *
 * Attributes: `src`, where the page stands; `theme`, `light` or `dark`, otherwise as the reader's system has it; `locale`.
 * Properties: `getToken`, which asks the host's backend for a portal session's token, and `strings`.
 */
export class KeyholdApiKeys extends HTMLElement {
  static readonly observedAttributes = ['src', 'locale'];

  #getToken: (() => Promise<string>) | null = null;
  #strings: Strings = {};
  #root: Root | null = null;

  /** Asked for before the first call, and again when the token has expired. Nothing is shown before it is set. */
  get getToken(): (() => Promise<string>) | null {
    return this.#getToken;
  }
  set getToken(ask: (() => Promise<string>) | null) {
    this.#getToken = ask;
    this.#render();
  }

  /** Replacements of what is said. */
  get strings(): Strings {
    return this.#strings;
  }
  set strings(strings: Strings) {
    this.#strings = strings;
    this.#render();
  }

  connectedCallback(): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [shadowStyles()];
    const place = document.createElement('div');
    shadow.replaceChildren(place);
    this.#root = createRoot(place);
    this.#render();
  }

  disconnectedCallback(): void {
    this.#root?.unmount();
    this.#root = null;
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  #render(): void {
    const source = this.getAttribute('src');
    if (this.#root === null || this.#getToken === null || source === null) return;
    const base = new URL(source, document.baseURI).href.replace(/\/$/, '');
    const client = createKeysClient(base, createTokenSource(this.#getToken));
    const locale = this.getAttribute('locale') ?? document.documentElement.lang;
    this.#root.render(
      <ShadowKeys client={client} strings={this.#strings} locale={locale === '' ? 'en' : locale} />,
    );
  }
}

if (customElements.get(ELEMENT_NAME) === undefined) customElements.define(ELEMENT_NAME, KeyholdApiKeys);
