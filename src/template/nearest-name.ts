/** Guesses which name was meant: the nearest by edits, if it is near enough to be worth saying. Pure. */

/** Steps of comparing that one guess may take; some hundred microseconds. */
const MOST_STEPS = 200_000;

/** The nearest of `names`; undefined when none is near. Of very many only the first are looked at. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const allowed = wanted.length < 3 ? 0 : Math.max(1, Math.floor(Math.min(wanted.length, 40) / 3));
  const lower = wanted.toLowerCase();
  const effort = { left: MOST_STEPS };
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const name of names) {
    if (effort.left-- <= 0) break;
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(lower, name.toLowerCase(), bestDistance, effort);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** `did you mean "x"?`, or undefined. */
export function didYouMean(wanted: string, names: Iterable<string>): string | undefined {
  const name = nearestName(wanted, names);
  return name === undefined ? undefined : `did you mean "${name}"?`;
}

interface Rows {
  readonly older: readonly number[];
  readonly above: readonly number[];
  readonly limit: number;
}

/** Inserts, deletes, changes and swaps of neighbours; anything from `limit` on is `limit`. */
function editDistance(a: string, b: string, limit: number, effort: { left: number }): number {
  if (a.length > 200 || b.length > 200) return limit;
  let older: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    effort.left -= b.length;
    const { row, least } = nextRow(a, b, i, { older, above, limit });
    if (least >= limit) return limit;
    [older, above] = [above, row];
  }
  return Math.min(limit, above[b.length] ?? limit);
}

/** Only what is nearer to the diagonal than the limit can be less than it. */
function nextRow(
  a: string,
  b: string,
  i: number,
  { older, above, limit }: Rows,
): { readonly row: readonly number[]; readonly least: number } {
  const row = new Array<number>(b.length + 1).fill(limit);
  row[0] = i;
  let least = i;
  for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j++) {
    const change = a[i - 1] === b[j - 1] ? 0 : 1;
    let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + change);
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, older[j - 2]! + 1);
    row[j] = cost;
    least = Math.min(least, cost);
  }
  return { row, least };
}
