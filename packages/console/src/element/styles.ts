import css from '../styles.css?inline';

let sheet: CSSStyleSheet | null = null;

/** The stylesheet of a shadow root: nothing of it reaches the page around. A host's policy on styles does not stop it. */
export function shadowStyles(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(withoutRegistrations(css));
  }
  return sheet;
}

/** Custom properties can be registered by documents only; in a shadow root Tailwind's own fallback has to hold always. */
function withoutRegistrations(text: string): string {
  return text.replace(/@supports \(+-webkit-hyphens:\s*none\)[^{]*\{/, '@supports (display: block) {');
}
