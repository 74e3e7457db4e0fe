/** Guesses which name was meant: the nearest by edits, if it is near enough to be worth saying. Pure. */

/** The nearest of `names`; undefined when none is near. Only the first 5,000 are looked at. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const allowed = wanted.length < 3 ? 0 : Math.max(1, Math.floor(Math.min(wanted.length, 40) / 3));
  let best: string | undefined;
  let bestDistance = allowed + 1;
  let left = 5_000;
  for (const name of names) {
    if (left-- === 0) break;
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** `did you mean "x"?`, or undefined. */
export function didYouMean(wanted: string, names: Iterable<string>): string | undefined {
  const name = nearestName(wanted, names);
  return name === undefined ? undefined : `did you mean "${name}"?`;
}

/** Inserts, deletes, changes and swaps of neighbours; anything from `limit` on is `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (a.length > 200 || b.length > 200) return limit;
  let older: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow(a, b, i, above, older);
    if (Math.min(...row) >= limit) return limit;
    [older, above] = [above, row];
  }
  return Math.min(limit, above[b.length] ?? limit);
}

function nextRow(a: string, b: string, i: number, above: readonly number[], older: readonly number[]): number[] {
  const row = [i];
  for (let j = 1; j <= b.length; j++) {
    const change = a[i - 1] === b[j - 1] ? 0 : 1;
    let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + change);
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, older[j - 2]! + 1);
    row.push(cost);
  }
  return row;
}
