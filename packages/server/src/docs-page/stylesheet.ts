import { BASE_STYLE } from '../static-pages/base-style.ts';

/** The whole look of the reference page. */
export const STYLESHEET = `${BASE_STYLE}
:root {
  --get: light-dark(#1d5fae, #7db3f5);
  --post: light-dark(#0b6b57, #5cc9ae);
  --patch: light-dark(#8a5a00, #e3b35c);
  --delete: light-dark(#ab2b35, #f28b92);
}
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
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem 2.5rem; margin-top: 1rem; }
@media (min-width: 92rem) { .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 27rem); } aside pre { position: sticky; top: 1.5rem; } }
@media (max-width: 91.99rem) { aside { order: -1; } }
h4 { font-size: .95rem; margin: 1.5rem 0 .4rem; }
.prose > :first-child { margin-top: 0; }
.media, .optional, .bounds, .example { color: var(--soft); font-weight: 400; font-size: .85rem; }
.optional { margin-left: .5rem; }
.status { font-family: var(--mono); font-size: .875em; }
.note, .or { color: var(--soft); font-size: .9rem; margin: .4rem 0; }
td .example code { white-space: normal; overflow-wrap: anywhere; }
.type { color: var(--soft); font-family: var(--mono); font-size: .8rem; }
ul.codes { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem .5rem; margin: 0; padding: 0; }
ul.codes a { display: inline-block; border: 1px solid var(--line); border-radius: 6px; padding: .05rem .5rem; text-decoration: none; color: var(--soft); font-size: .85rem; }
ul.codes a:hover { color: var(--ink); border-color: var(--soft); }
tr:target td { background: var(--panel); }
.component { border-top: 1px solid var(--line); padding: 1.25rem 0 .75rem; }
.component h3 { margin: 0; font-size: 1rem; font-family: var(--mono); }
.component > p { color: var(--soft); margin: .2rem 0 .5rem; }
@media (max-width: 60rem) { .facts { grid-template-columns: minmax(0, 1fr); } }
@media print { aside { display: none; } }
`;
