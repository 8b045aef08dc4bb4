import { expect, test } from 'vitest';
import { withoutPageCookies } from './page-cookies.ts';

test.each([
  ['a=1; b=2', 'a=1; b=2'],
  ['__Host-keyhold-page-leads=khps_x', ''],
  ['keyhold-page-leads=khps_x; a=1', 'a=1'],
  ['a=1; __Host-keyhold-page-leads=khps_x; b=2', 'a=1; b=2'],
  ['a=1;keyhold-page-x=y;b=2', 'a=1;b=2'],
  ['a=keyhold-page-x', 'a=keyhold-page-x'],
  ['my-keyhold-page-x=1', 'my-keyhold-page-x=1'],
  ['', ''],
])('of the cookies %j an API gets %j', (sent, forwarded) => {
  expect(withoutPageCookies(sent)).toBe(forwarded);
});
