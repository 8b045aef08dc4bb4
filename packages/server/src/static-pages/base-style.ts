/** The look that every page of this server shares: no script, no font, no image, nothing from anywhere else. */
export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d2430, #e3e7ee);
  --soft: light-dark(#5a6577, #9aa5b6);
  --paper: light-dark(#fdfdfc, #12161d);
  --panel: light-dark(#f3f4f1, #1a202a);
  --line: light-dark(#dfe2dd, #2c3440);
  --accent: light-dark(#0b6b57, #5cc9ae);
  --code-ink: light-dark(#e8ecf2, #dfe6ef);
  --code-paper: light-dark(#1f2833, #0b0e13);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace;
  --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.6 var(--sans); }
a { color: var(--accent); text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code { font-family: var(--mono); font-size: .875em; overflow-wrap: anywhere; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 2; }
.page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 92rem; margin: 0 auto; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 2rem 1.25rem 3rem; border-right: 1px solid var(--line); }
nav .brand { font-weight: 700; font-size: 1.15rem; letter-spacing: -.01em; margin: 0; }
nav .version { color: var(--soft); font-size: .85rem; margin: 0 0 1.5rem; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .08em; color: var(--soft); margin: 1.5rem 0 .35rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; align-items: baseline; padding: .22rem .5rem; margin: 0 -.5rem; border-radius: 6px; color: inherit; text-decoration: none; font-size: .9rem; line-height: 1.4; }
nav li a:hover { background: var(--panel); }
main { padding: 3.25rem clamp(1.25rem, 4vw, 4rem) 6rem; min-width: 0; }
h1 { font-size: clamp(2rem, 4vw, 2.75rem); line-height: 1.1; letter-spacing: -.025em; margin: 0 0 .75rem; }
.lead { font-size: 1.15rem; color: var(--soft); max-width: 44rem; margin: 0 0 2rem; }
nav summary { font-weight: 600; }
pre { margin: 0; padding: 1rem 1.15rem; border-radius: 10px; background: var(--code-paper); color: var(--code-ink); overflow-x: auto; font-size: .8rem; line-height: 1.6; border: 1px solid var(--line); }
pre code { font-size: inherit; white-space: pre-wrap; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .8rem; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); }
td { padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 5.5rem; }
td:last-child { padding-right: 0; min-width: 12rem; }
td code { overflow-wrap: normal; white-space: nowrap; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); font-size: .925rem; width: fit-content; }
details[open] > summary { margin-bottom: .35rem; }
@media (min-width: 60.01rem) {
  @supports selector(::details-content) { nav summary { display: none; } nav details::details-content { content-visibility: visible; block-size: auto; } }
}
@media (max-width: 60rem) {
  .page { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.5rem 1.25rem; }
  main { padding-top: 2rem; }
}
@media print { nav { display: none; } .page { display: block; } details::details-content { content-visibility: visible; block-size: auto; } }
`;
