/** Uniform numbers in [0, 1), reproducible: mulberry32. */
export function createUniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts `items` into a random order, in place (Fisher and Yates). */
export function shuffle(items: unknown[], uniform: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
}

/** @returns NaN for no values. */
export function medianOf(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] ?? Number.NaN;
}

const RESAMPLES = 1_000;

/**
 * The 95 % interval of a median by the bootstrap: as many values drawn again from the values themselves, a thousand times
 * over, and the middle 95 % of the medians that come out (Efron 1979, percentile method).
 */
export function medianInterval(
  values: Float64Array,
  uniform: () => number,
): { readonly low: number; readonly high: number } {
  const sorted = values.toSorted();
  const medians = new Float64Array(RESAMPLES);
  const drawnOfRank = new Uint32Array(sorted.length);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    drawnOfRank.fill(0);
    for (let i = 0; i < sorted.length; i++) {
      const rank = Math.floor(uniform() * sorted.length);
      drawnOfRank[rank] = drawnOfRank[rank]! + 1;
    }
    // The sorted values have their ranks as indexes, so the median of what was drawn is found by counting up to it.
    let rank = -1;
    for (let left = sorted.length >> 1; left >= 0; left -= drawnOfRank[rank]!) rank++;
    medians[resample] = sorted[rank]!;
  }
  medians.sort();
  return { low: medians[RESAMPLES * 0.025]!, high: medians[RESAMPLES * 0.975 - 1]! };
}
