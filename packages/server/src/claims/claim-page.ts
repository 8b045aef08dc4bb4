import { createHash } from 'node:crypto';
import { BASE_STYLE } from '../static-pages/base-style.ts';
import { html } from '../static-pages/html.ts';
import { CLAIM_SCRIPT } from './claim-page-script.ts';

const STYLE = `${BASE_STYLE}
main { max-width: 40rem; margin: 0 auto; padding-top: clamp(2rem, 10vh, 6rem); }
h1 { font-size: clamp(1.6rem, 4vw, 2.1rem); }
h2 { font-size: 1.15rem; margin: 0; }
.lead { font-size: 1.05rem; margin-bottom: 1.5rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .4rem 1.25rem; margin: 0 0 1.5rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 .35rem; }
input { font: inherit; width: 100%; padding: .6rem .75rem; margin: 0 0 1.25rem; border: 1px solid var(--soft); border-radius: 8px; background: var(--paper); color: inherit; }
button { font: inherit; font-weight: 600; padding: .7rem 1.2rem; border: 1px solid var(--accent); border-radius: 8px; background: var(--accent); color: var(--paper); cursor: pointer; }
button.plain { background: none; color: var(--accent); }
button:disabled { opacity: .55; cursor: default; }
pre { margin: .75rem 0; }
pre code { overflow-wrap: anywhere; }
.notice { border-left: 3px solid var(--accent); background: var(--panel); border-radius: 0 8px 8px 0; padding: .85rem 1.15rem; margin: 0 0 1.25rem; }
.notice:empty { display: none; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0 0 1.25rem; }
`;

export const CLAIM_SCRIPT_PATH = '/claim/page.js';

/** The same for every link, so that it tells nothing and costs no I/O; what it shows it asks for with the link's secret. */
export const CLAIM_PAGE = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>An API key for you</title>
<style>${{ html: STYLE }}</style>
<script src="${CLAIM_SCRIPT_PATH}" defer></script>
</head>
<body>
<main id="content">
<h1 id="title">An API key for you</h1>
<p class="notice" id="notice" role="status"></p>
<noscript><p class="notice">This page needs JavaScript: the part of the link behind its # never leaves your browser without it.</p></noscript>
<form id="offer" hidden>
<p class="lead" id="lead"></p>
<dl id="facts"></dl>
<div id="passphrase-field" hidden>
<label for="passphrase">Passphrase, sent to you by another way</label>
<input id="passphrase" type="password" autocomplete="off" maxlength="200">
</div>
<div class="actions"><button id="reveal" type="submit">Show the key</button></div>
<p>Have a safe place for the key ready: nobody can show it to you again.</p>
</form>
<section id="claimed" aria-labelledby="claimed-title" hidden>
<h2 id="claimed-title" tabindex="-1">Your key works from now on</h2>
<pre tabindex="0"><code id="key"></code></pre>
<div class="actions"><button id="copy-key" type="button">Copy the key</button><button id="copy-line" class="plain" type="button">Copy as .env line</button></div>
<p>Copy it now and store it in an environment variable, not in source code. It is shown this once, and is gone from this page when you leave it.</p>
<p id="guide-line" hidden><a id="guide" target="_blank" rel="noopener">How to use it</a></p>
</section>
</main>
</body>
</html>
`.html;

/** The page loads its one script, speaks to its own origin, and is framed by nobody. */
export const CLAIM_PAGE_HEADERS: readonly string[] = [
  'Content-Type',
  'text/html; charset=utf-8',
  'Content-Security-Policy',
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Opener-Policy',
  'same-origin',
];

export const CLAIM_SCRIPT_ANSWER = {
  status: 200,
  headers: ['Content-Type', 'text/javascript; charset=utf-8', 'X-Content-Type-Options', 'nosniff'],
  body: CLAIM_SCRIPT,
};
