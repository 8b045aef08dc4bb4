const MAX_COMPARED_CHARACTERS = 40;

/** The candidate that `text` most likely was meant to be, two letters away or a third of them; null when none is near. */
function findNearest(text: string, candidates: readonly string[]): string | null {
  if (text.length > MAX_COMPARED_CHARACTERS) return null;
  const wanted = text.toLowerCase().replaceAll('-', '_');
  let nearest: string | null = null;
  let nearestDistance = Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** ` Did you mean "x"?`, or nothing. */
export function suggest(text: string, candidates: readonly string[]): string {
  const nearest = findNearest(text, candidates);
  return nearest === null ? '' : `; did you mean "${nearest}"?`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substituted));
    }
    row = next;
  }
  return row[b.length]!;
}
