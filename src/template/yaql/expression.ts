/**
 * YAQL expressions as templates use them: read once, evaluated with `{data: …}` as `$`.
 *
 * A pure function of expression and data. The language is that of YAQL 1.x to 3.x with its standard library, less what differs each time
 * (now, random). Nothing of the platform can be reached, and the quota bounds time and memory whatever the expression is.
 */
import { createBoundedCache } from '../../std/bounded-cache.ts';
import type { Json } from '../../std/json.ts';
import { checkCalls } from './check.ts';
import { fromJson, toJson } from './convert.ts';
import { makeMachine } from './evaluate.ts';
import { type Fault, YaqlError } from './fault.ts';
import { parse } from './parse.ts';
import { startQuota, unitsOfQuota } from './quota.ts';
import type { Node } from './syntax.ts';

export interface YaqlExpression {
  readonly source: string;
  /** null when it can't be read. */
  readonly node: Node | null;
  /** All that is wrong with it. */
  readonly faults: readonly Fault[];
}

/** Templates repeat the same few expressions many times. */
const cache = createBoundedCache<YaqlExpression>(200_000);
/** Characters that an expression counts for besides its own. */
const OVERHEAD = 50;

export function readYaql(source: string): YaqlExpression {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const read = analyse(source);
  cache.set(source, read, source.length + OVERHEAD);
  return read;
}

function analyse(source: string): YaqlExpression {
  try {
    const node = parse(source);
    return { source, node, faults: checkCalls(node) };
  } catch (error) {
    if (!(error instanceof YaqlError)) throw error;
    return { source, node: null, faults: [{ message: error.message, at: error.at ?? 0, hint: error.hint }] };
  }
}

/** Throws a YaqlError, with its place. `spend` is told, however it ends, what it cost, in the units of work.ts. */
export function evaluateYaql(expression: YaqlExpression, data: Json, spend: (units: number) => void = () => {}): Json {
  const [fault] = expression.faults;
  if (fault !== undefined || expression.node === null) throw new YaqlError(fault?.message ?? 'it cannot be read', fault);
  const quota = startQuota();
  try {
    const root = fromJson({ data });
    const value = makeMachine(quota).evaluate(expression.node, { parent: null, args: [root] });
    return toJson(value, quota);
  } finally {
    spend(unitsOfQuota(quota));
  }
}
