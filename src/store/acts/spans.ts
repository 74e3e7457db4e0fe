/**
 * Stretches of goals: those for which something was required, and those that something belongs to. A nested stack may have used another, not used it
 * any more, and use it again; each time is a stretch of its own.
 */

/** Goals, the first and the last. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** A goal that is later than all. */
export const UNKNOWN = 2 ** 31 - 1;

/** Under which goals above something was required, as it is recorded; null where an older engine wrote it, and where there was no break. */
export interface Recorded {
  readonly since: number | null;
  readonly until: number | null;
  readonly again: number | null;
  readonly last: number | null;
  readonly breaks: string | null;
}

export const recordedColumns = 'q.since, q.until, q.again, q.last, q.breaks';

/** Apart where there was a break. */
export function spansOf({ since, until, again, last, breaks }: Recorded): readonly Span[] {
  let first = since ?? 0;
  const spans: Span[] = [];
  for (const one of breaksOf(breaks, until, again)) {
    if (one.until < first) continue;
    spans.push({ first, last: one.until });
    first = one.again;
  }
  return [...spans, { first, last: last ?? UNKNOWN }];
}

interface Break {
  readonly until: number;
  readonly again: number;
}

/** The last one may have been noted by an older engine alone. */
function breaksOf(breaks: string | null, until: number | null, again: number | null): readonly Break[] {
  const noted = [...(breaks ?? '').matchAll(/(\d+)-(\d+)/g)].map(
    (one): Break => ({ until: Number(one[1]), again: Number(one[2]) }),
  );
  const isMissing = until !== null && again !== null && (noted.at(-1)?.again ?? 0) < again;
  return isMissing ? [...noted, { until, again }] : noted;
}

export const meet = (one: Span, other: Span): boolean => one.first <= other.last && other.first <= one.last;

/** Each once: many versions belong to the same goals. */
export function distinct(spans: readonly Span[]): readonly Span[] {
  return [...new Map(spans.map((span) => [`${span.first}-${span.last}`, span])).values()];
}
