/**
 * `str_replace: {template, params}`: the text with each key of `params` replaced by its value, longer keys first, in one pass: what a value
 * brings in is not replaced again.
 *
 * Before 2015-10-15 values must be texts or numbers; since then maps and lists are written as JSON. `str_replace_strict` wants every key to
 * occur, `str_replace_vstrict` also wants no value to be empty.
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { toText } from '../coerce.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import { spend, unitsOfText } from '../work.ts';
import { mapArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';
import { pythonJson } from './python-text.ts';

/** Characters that are searched for a unit of work, as a power of two. */
const SEARCHED_A_UNIT = 5;

interface Manner {
  readonly name: string;
  readonly json: boolean;
  readonly everyKey: boolean;
  readonly emptyValues: boolean;
}

export const replaceTexts = operator({ name: 'str_replace_texts', json: false, everyKey: false, emptyValues: true });
export const replaceAny = operator({ name: 'str_replace', json: true, everyKey: false, emptyValues: true });
export const replaceStrict = operator({ name: 'str_replace_strict', json: true, everyKey: true, emptyValues: true });
export const replaceVeryStrict = operator({ name: 'str_replace_vstrict', json: true, everyKey: true, emptyValues: false });

export const strReplaceTexts = templateFunction('str_replace', replaceTexts);
export const strReplace = templateFunction('str_replace', replaceAny);
export const strReplaceStrict = templateFunction('str_replace_strict', replaceStrict);
export const strReplaceVeryStrict = templateFunction('str_replace_vstrict', replaceVeryStrict);

function operator(manner: Manner): Operator {
  return { name: manner.name, apply: ([template = null, params = null]) => replace(template, params, manner) };
}

function templateFunction(name: string, replacing: Operator): TemplateFunction {
  return { name, read: (argument, reading, path) => read(argument, reading, path, replacing) };
}

function read(argument: Json, reading: Reading, path: Path, replacing: Operator): Expression {
  const members = mapArgument(argument, reading, path, { required: ['template', 'params'], lenient: true });
  if (members === undefined) return WRONG;
  const [template, params] = ['template', 'params'].map((name) => {
    const member = members.get(name)!;
    return reading.argument(member.value, member.path);
  });
  return reading.call(replacing, [template!, params!], path);
}

function replace(template: Json, params: Json, manner: Manner): string {
  if (typeof template !== 'string') throw new FunctionError(`the template of "${manner.name}" must be a string`);
  if (!isMap(params)) throw new FunctionError(`the params of "${manner.name}" must be a map`);
  if (Object.hasOwn(params, '')) throw new FunctionError(`the params of "${manner.name}" must not have an empty name`);
  const unused: string[] = [];
  let pieces: (string | Replaced)[] = [template];
  for (const key of keysInOrder(params)) {
    spend(pieces.length + (template.length >> SEARCHED_A_UNIT));
    const next = replaceKey(pieces, key, valueText(key, params[key] ?? null, manner));
    if (next.length === pieces.length) unused.push(key);
    pieces = next;
  }
  if (manner.everyKey && unused.length > 0)
    throw new FunctionError(`the params were not found in the template: ${unused.join(', ')}`);
  return pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('');
}

/** Text that was put in and is not looked at again. */
interface Replaced {
  readonly text: string;
}

function keysInOrder(params: JsonMap): readonly string[] {
  return Object.keys(params).sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

function replaceKey(pieces: readonly (string | Replaced)[], key: string, text: string): (string | Replaced)[] {
  return pieces.flatMap((piece) => (typeof piece === 'string' ? splitBy(piece, key, { text }) : [piece]));
}

function splitBy(piece: string, key: string, replaced: Replaced): (string | Replaced)[] {
  if (!piece.includes(key)) return [piece];
  const parts = piece.split(key);
  spend(parts.length * unitsOfText(replaced.text.length));
  return parts.flatMap((part, i) => (i === 0 ? [part] : [replaced, part]));
}

function valueText(key: string, value: Json, manner: Manner): string {
  const text = value === null ? '' : (toText(value) ?? jsonText(key, value, manner));
  if (!manner.emptyValues && isEmpty(value)) throw new FunctionError(`"${manner.name}" has no value for the param "${key}"`);
  return text;
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'object') return value === null || Object.keys(value).length === 0;
  return value === '';
}

function jsonText(key: string, value: Json, manner: Manner): string {
  if (!manner.json) throw new FunctionError(`the params of "str_replace" must be strings or numbers; "${key}" is not`);
  return pythonJson(value);
}
