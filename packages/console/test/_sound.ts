import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { DESKTOP, PHONE } from './_browser.ts';

const SURROUNDINGS = [DESKTOP, PHONE].flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
);

/** Light and dark, on a desktop and on a telephone: nothing that axe finds, and nothing that is wider than the window. */
export async function expectSound(page: Page, state: string): Promise<void> {
  for (const { viewport, colorScheme } of SURROUNDINGS) {
    const where = `${state}, ${colorScheme}, ${viewport.width}`;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    // What hangs on a button finds its new place in the frames after the window has changed.
    const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
    await expect.poll(overflow, { message: where }).toBeLessThanOrEqual(0);
    const { violations } = await new AxeBuilder({ page })
      // They pass the focus on as soon as they have it; and popups hang on their buttons, in no landmark.
      .exclude('[data-base-ui-focus-guard]')
      .disableRules(['region'])
      // Without frames there is nothing to put together, which otherwise takes a window of its own each time.
      .setLegacyMode(true)
      .analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(found, where).toEqual([]);
  }
}
