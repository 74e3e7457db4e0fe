/**
 * `repeat: {template, for_each: {name: list}, permutations}`: the template once for each combination of values, the names in it replaced.
 *
 * Without permutations (from 2017-09-01 on) the lists are gone through side by side and must be of equal length. From 2016-10-14 on a map
 * may be given in place of a list, unless without permutations: its keys are used. Null is an empty list. A text that is just the name becomes the value itself, whatever its type. How much
 * may come out is limited, since lists multiply.
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { toText } from '../coerce.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { spend } from '../work.ts';
import { mapArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';
import { pythonJson } from './python-text.ts';

/** What null stands for: no items, of whatever length the other lists are. */
const NO_LIST: readonly Json[] = [];
const MOST_ITEMS = 100_000;
const MOST_TEXT = 50_000_000;
/** Of work, for each text of the template and each name that is looked for in it. */
const UNITS_A_TEXT = 10;
const UNITS_A_NAME = 4;
/** A key that nobody has used before is dear. */
const UNITS_A_MEMBER = 60;

export const repeatOverLists = operator('repeat_lists', false);
export const repeatOverAny = operator('repeat', true);

/** 2015-04-30 to 2016-04-08. */
export const repeatLists = templateFunction(repeatOverLists, false);
/** 2016-10-14 and 2017-02-24. */
export const repeatMaps = templateFunction(repeatOverAny, false);
export const repeat = templateFunction(repeatOverAny, true);

function operator(name: string, maps: boolean): Operator {
  return {
    name,
    apply: ([template = null, forEach = null, permutations = true]) => repeatTemplate(template, forEach, permutations, maps),
  };
}

function templateFunction(repeating: Operator, permutations: boolean): TemplateFunction {
  return { name: 'repeat', read: (argument, reading, path) => read(argument, reading, path, repeating, permutations) };
}

function read(argument: Json, reading: Reading, path: Path, repeating: Operator, permutations: boolean): Expression {
  const members = mapArgument(argument, reading, path, {
    required: ['template', 'for_each'],
    optional: permutations ? ['permutations'] : [],
    lenient: true,
  });
  if (members === undefined) return WRONG;
  const part = (name: string, otherwise: Json) => {
    const member = members.get(name) ?? { value: otherwise, path: within(path, name) };
    return reading.argument(member.value, member.path);
  };
  return reading.call(repeating, [part('template', null), part('for_each', null), part('permutations', true)], path);
}

function repeatTemplate(template: Json, forEach: Json, permutations: Json, maps: boolean): Json {
  if (!isMap(forEach)) throw new FunctionError('"for_each" of "repeat" must be a map of names and lists');
  if (typeof permutations !== 'boolean') throw new FunctionError('"permutations" of "repeat" must be true or false');
  const names = Object.keys(forEach);
  const lists = names.map((name) => valuesOf(name, forEach[name] ?? null, maps && permutations));
  const budget = { text: MOST_TEXT };
  return combine(lists, permutations).map((values) =>
    substitute(template, new Map(names.map((name, i) => [name, values[i]!])), budget),
  );
}

function valuesOf(name: string, list: Json, maps: boolean): readonly Json[] {
  if (list === null) return NO_LIST;
  if (Array.isArray(list)) return list as readonly Json[];
  if (maps && isMap(list)) return Object.keys(list);
  throw new FunctionError(`"repeat" must be given a list for "${name}"`);
}

function combine(lists: readonly (readonly Json[])[], permutations: boolean): readonly (readonly Json[])[] {
  return permutations ? product(lists) : sideBySide(lists);
}

function product(lists: readonly (readonly Json[])[]): readonly (readonly Json[])[] {
  const size = lists.reduce((count, list) => count * list.length, 1);
  if (size > MOST_ITEMS) throw new FunctionError(`"repeat" would give more than ${MOST_ITEMS} items`);
  spend(size * lists.length);
  return lists.reduce<readonly (readonly Json[])[]>(
    (rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])),
    [[]],
  );
}

function sideBySide(lists: readonly (readonly Json[])[]): readonly (readonly Json[])[] {
  const given = lists.filter((list) => list !== NO_LIST);
  const [first = []] = lists;
  if (given.some((list) => list.length !== given[0]!.length))
    throw new FunctionError('without permutations the lists of "repeat" must be of equal length');
  const length = given.length < lists.length ? 0 : first.length;
  return first.slice(0, length).map((_, i) => lists.map((list) => list[i]!));
}

interface Budget {
  text: number;
}

function substitute(template: Json, values: ReadonlyMap<string, Json>, budget: Budget): Json {
  spend(1);
  if (typeof template === 'string') return substituteText(template, values, budget);
  if (Array.isArray(template)) return template.map((item) => substitute(item as Json, values, budget));
  return isMap(template) ? substituteMap(template, values, budget) : template;
}

function substituteMap(template: JsonMap, values: ReadonlyMap<string, Json>, budget: Budget): Json {
  const members = Object.entries(template);
  spend(UNITS_A_MEMBER * members.length);
  const entries = members.map(([key, value]) => {
    const name = substituteText(key, values, budget);
    return [typeof name === 'string' ? name : textOf(name), substitute(value, values, budget)] as const;
  });
  return Object.fromEntries(entries);
}

function substituteText(template: string, values: ReadonlyMap<string, Json>, budget: Budget): Json {
  spend(UNITS_A_TEXT + UNITS_A_NAME * values.size);
  const whole = values.get(template);
  if (whole !== undefined) return whole;
  let text = template;
  for (const [name, value] of values) if (name !== '' && text.includes(name)) text = text.replaceAll(name, () => textOf(value));
  budget.text -= text.length + 1;
  if (budget.text < 0) throw new FunctionError('"repeat" would give too much text');
  return text;
}

function textOf(value: Json): string {
  return value === null ? '' : (toText(value) ?? pythonJson(value));
}
