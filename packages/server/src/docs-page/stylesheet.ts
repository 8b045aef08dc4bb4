/** The whole look of the reference page: no script, no font, no image, nothing from anywhere else. */
export const STYLESHEET = `
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
  --get: light-dark(#1d5fae, #7db3f5);
  --post: light-dark(#0b6b57, #5cc9ae);
  --patch: light-dark(#8a5a00, #e3b35c);
  --delete: light-dark(#ab2b35, #f28b92);
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
.facts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 0 0 1rem; }
.facts div { background: var(--paper); padding: 1rem 1.15rem; }
.facts dt { font-weight: 600; }
.facts dd { margin: .2rem 0 0; color: var(--soft); font-size: .925rem; }
.tag > h2 { font-size: 1.6rem; letter-spacing: -.015em; margin: 4.5rem 0 .25rem; }
.tag > p { color: var(--soft); margin: 0 0 1rem; max-width: 44rem; }
.operation { border-top: 1px solid var(--line); padding: 2rem 0 1rem; }
.operation h3 { margin: 0; font-size: 1.05rem; font-weight: 600; display: flex; flex-wrap: wrap; align-items: baseline; gap: .6rem; }
.operation .summary { margin: .35rem 0 0; font-size: 1.05rem; }
.access { margin: .1rem 0 0; color: var(--soft); font-size: .9rem; }
.method { font: 700 .75rem/1 var(--mono); letter-spacing: .03em; padding: .3rem .45rem; border-radius: 5px; color: var(--tone); border: 1px solid currentColor; }
.get { --tone: var(--get); } .post { --tone: var(--post); } .patch { --tone: var(--patch); } .delete { --tone: var(--delete); }
nav .method { border: 0; padding: 0; font-size: .65rem; flex: 0 0 3.1rem; }
nav summary { font-weight: 600; }
@media (min-width: 60.01rem) {
  @supports selector(::details-content) { nav summary { display: none; } nav details::details-content { content-visibility: visible; block-size: auto; } }
}
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem 2.5rem; margin-top: 1rem; }
@media (min-width: 80rem) { .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 27rem); } aside pre { position: sticky; top: 1.5rem; } }
@media (max-width: 79.99rem) { aside { order: -1; } }
pre { margin: 0; padding: 1rem 1.15rem; border-radius: 10px; background: var(--code-paper); color: var(--code-ink); overflow-x: auto; font-size: .8rem; line-height: 1.6; border: 1px solid var(--line); }
pre code { font-size: inherit; white-space: pre-wrap; }
h4 { font-size: .95rem; margin: 1.5rem 0 .4rem; }
.prose > :first-child { margin-top: 0; }
.media, .optional, .bounds, .example { color: var(--soft); font-weight: 400; font-size: .85rem; }
.optional { margin-left: .5rem; }
.status { font-family: var(--mono); font-size: .875em; }
.note, .or { color: var(--soft); font-size: .9rem; margin: .4rem 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .8rem; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); }
td { padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 5.5rem; }
td:last-child { padding-right: 0; min-width: 12rem; }
td code { overflow-wrap: normal; white-space: nowrap; }
td .example code { white-space: normal; overflow-wrap: anywhere; }
.type { color: var(--soft); font-family: var(--mono); font-size: .8rem; }
ul.codes { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem .5rem; margin: 0; padding: 0; }
ul.codes a { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: .05rem .5rem; text-decoration: none; color: var(--soft); font-size: .85rem; }
ul.codes a:hover { color: var(--ink); border-color: var(--soft); }
tr:target td { background: var(--panel); }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); font-size: .925rem; width: fit-content; }
details[open] > summary { margin-bottom: .35rem; }
.component { border-top: 1px solid var(--line); padding: 1.25rem 0 .75rem; }
.component h3 { margin: 0; font-size: 1rem; font-family: var(--mono); }
.component > p { color: var(--soft); margin: .2rem 0 .5rem; }
@media (max-width: 60rem) {
  .page { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: 1.5rem 1.25rem; }
  main { padding-top: 2rem; }
  .facts { grid-template-columns: minmax(0, 1fr); }
}
@media print { nav, aside { display: none; } .page { display: block; } details::details-content { content-visibility: visible; block-size: auto; } }
`;
