import { createManualClock } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LiveExchange, LiveExchanges, timeoutIntervalMs } from './live-exchanges.ts';

class Recorder implements LiveExchange {
  livePosition = -1;
  readonly checkedAtMs: number[] = [];
  cuts = 0;

  checkTimeout(nowMs: number): void {
    this.checkedAtMs.push(nowMs);
  }

  cut(): void {
    this.cuts++;
  }
}

describe('live exchanges', () => {
  it('are looked at every interval while there are any', () => {
    const clock = createManualClock();
    const live = new LiveExchanges(clock, 100);
    const exchange = new Recorder();
    clock.advance(1_000);
    live.add(exchange);
    expect(live.nowMs).toBe(1_000);
    clock.advance(250);
    expect(exchange.checkedAtMs).toEqual([1_100, 1_200]);
    live.delete(exchange);
    live.delete(exchange);
    clock.advance(10_000);
    expect(exchange.checkedAtMs).toHaveLength(2);
    live.add(exchange);
    expect(live.nowMs).toBe(11_250);
  });

  it('are those that were added and not deleted, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 })), (toggled) => {
        const live = new LiveExchanges(createManualClock(), 100);
        const all = Array.from({ length: 10 }, () => new Recorder());
        const expected = new Set<Recorder>();
        for (const exchange of toggled.map((i) => all[i]!)) {
          if (expected.delete(exchange)) {
            live.delete(exchange);
          } else {
            expected.add(exchange);
            live.add(exchange);
          }
        }
        live.cutAll();
        expect(all.map(({ cuts }) => cuts)).toEqual(all.map((exchange) => (expected.has(exchange) ? 1 : 0)));
      }),
    );
  });

  it('may end while they are looked at', () => {
    const clock = createManualClock();
    const live = new LiveExchanges(clock, 100);
    const checked: number[] = [];
    const exchanges = [0, 1, 2].map((i) => {
      const exchange = new Recorder();
      exchange.checkTimeout = () => {
        checked.push(i);
        live.delete(exchange);
      };
      live.add(exchange);
      return exchange;
    });
    clock.advance(100);
    expect(checked).toEqual(exchanges.map((_, i) => i));
  });
});

it('the interval is a tenth of the shortest timeout that is set', () => {
  expect(timeoutIntervalMs([30_000, 0, 2_000])).toBe(200);
  expect(timeoutIntervalMs([0])).toBe(500);
  expect(timeoutIntervalMs([10])).toBe(5);
});
