/** The form of expressions: how calls and literals are told apart and made. See expression.ts for the format. */
import type { Json, JsonMap } from '../std/json.ts';
import type { Expression } from './expression.ts';

/** The operator and its arguments. */
export type Call = { readonly $: readonly [string, ...Expression[]] };

export function isCall(value: object): value is Call {
  return Object.hasOwn(value, '$');
}

export function makeCall(operator: string, args: readonly Expression[]): Expression {
  return { $: [operator, ...args] };
}

/** The map that a call of `literal` stands for; undefined for every other call. */
export function literalOf(call: Call): Json | undefined {
  return call.$[0] === 'literal' ? call.$[1] : undefined;
}

/** The value as an expression: the same unless some map in it has a key `$`. */
export function quote(value: Json): Expression {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return quoteList(value);
  return isCall(value) ? makeCall('literal', [value as unknown as JsonMap]) : quoteMap(value as JsonMap);
}

function quoteList(list: readonly Json[]): Expression {
  let copy: Expression[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const quoted = quote(list[i]!);
    if (quoted !== list[i]) copy ??= [...list];
    if (copy !== undefined) copy[i] = quoted;
  }
  return copy ?? list;
}

function quoteMap(map: JsonMap): Expression {
  let copy: { [key: string]: Expression } | undefined;
  for (const key of Object.keys(map)) {
    const quoted = quote(map[key]!);
    if (quoted === map[key]) continue;
    copy ??= { ...map };
    copy[key] = quoted;
  }
  return copy ?? map;
}
