/**
 * How much one evaluation may do: steps (nodes evaluated and items looked at), cells (items of lists and maps built or given back) and text
 * (characters built or given back). What would be built is paid for before it is built, so that no expression, however it multiplies, takes
 * more than some tens of milliseconds and megabytes.
 *
 * Heat's limits ([yaql] limit_iterators 200, memory_quota 10000) are options of its operator and much tighter; these are caps for safety.
 */
import type { SearchBudget } from '../pattern-search.ts';
import { YaqlError } from './fault.ts';

export const MOST_STEPS = 100_000;
export const MOST_CELLS = 100_000;
export const MOST_TEXT = 1_000_000;
const LONG_TEXT = 1_000;
/** Steps of regular expressions, which are shorter. */
const MOST_SEARCH_STEPS = 150_000;
/** Evaluations within evaluations, and values within values. */
export const DEEPEST = 150;

export interface Quota {
  steps: number;
  cells: number;
  text: number;
  depth: number;
  readonly search: SearchBudget;
}

export function startQuota(): Quota {
  return { steps: MOST_STEPS, cells: MOST_CELLS, text: MOST_TEXT, depth: 0, search: { steps: MOST_SEARCH_STEPS } };
}

/** What was used, in units of some 20 to 50 nanoseconds. */
export function unitsOfQuota({ steps, cells, text, search }: Quota): number {
  const used = {
    steps: MOST_STEPS - steps,
    cells: MOST_CELLS - cells,
    text: MOST_TEXT - text,
    search: MOST_SEARCH_STEPS - search.steps,
  };
  return used.steps * 10 + used.cells * 3 + (used.text >> 4) + used.search * 5;
}

export function spendStep(quota: Quota, count = 1): void {
  quota.steps -= count;
  if (quota.steps < 0) throw exhausted(`takes more than ${MOST_STEPS} steps`);
}

/** What a call of a function costs besides its arguments. */
export const CALL_STEPS = 2;

/** Looking through a long text is many steps. */
export function spendScan(quota: Quota, length: number): void {
  if (length > LONG_TEXT) quota.steps -= length >> 4;
}

export function spendCells(quota: Quota, count: number): void {
  quota.cells -= count;
  if (quota.cells < 0) throw exhausted(`makes more than ${MOST_CELLS} items`);
}

export function spendText(quota: Quota, length: number): void {
  quota.text -= length;
  if (quota.text < 0) throw exhausted(`makes more than ${MOST_TEXT} characters`);
}

export function checkDepth(depth: number): void {
  if (depth > DEEPEST) throw exhausted(`nests deeper than ${DEEPEST}`);
}

function exhausted(what: string): YaqlError {
  return new YaqlError(`the expression ${what}`, { kind: 'quota' });
}
