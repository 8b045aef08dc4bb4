import { afterEach, expect, test, vi } from 'vitest';
import { createSystemClock } from './system-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a delay longer than a timer of the platform holds is waited out, and can be cancelled on the way', () => {
  vi.useFakeTimers();
  const clock = createSystemClock();
  const ninetyDaysMs = 90 * 86_400_000;
  let fired = 0;
  clock.setTimer(ninetyDaysMs, () => fired++);
  const cancel = clock.setTimer(ninetyDaysMs, () => fired++);
  vi.advanceTimersByTime(ninetyDaysMs / 2);
  cancel();
  vi.advanceTimersByTime(ninetyDaysMs / 2 - 1);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
});
