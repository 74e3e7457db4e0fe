/**
 * `'{0} of {name:>5}'.format(…)`: Python's format strings, with fields by number or name, keys of dicts and indexes of lists, and the widths,
 * alignments and number forms that make sense without a locale. Attributes (`{0.x}`) are not followed: they are Python's, not templates'.
 */
import { findInDict } from './collection.ts';
import { YaqlError } from './fault.ts';
import { isInteger, isNumber, plain } from './number.ts';
import { toText } from './python-repr.ts';
import { type Quota, spendStep, spendText } from './quota.ts';
import { isDict, isList, type Value } from './value.ts';

const FIELD = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const NAME = /^(\w*)((?:\[[^\]]*\])*)(?:!([sr]))?(?::(.*))?$/s;
const SPEC = /^(?:(.)?([<>^=]))?([-+ ])?(#)?(0)?(\d{1,6})?(,)?(?:\.(\d{1,3}))?([bcdeEfFgGnosxX%])?$/su;

export function formatText(template: string, values: readonly Value[], named: ReadonlyMap<string, Value>, quota: Quota): string {
  let next = 0;
  const text = template.replace(FIELD, (whole, field?: string) => {
    if (field === undefined) {
      if (whole.length === 1) throw new YaqlError(`a single "${whole}" stands in the format; write it twice`);
      return whole[0]!;
    }
    return formatField(
      field,
      (name) => (name === '' ? values[next++] : /^\d+$/.test(name) ? values[Number(name)] : named.get(name)),
      quota,
    );
  });
  spendText(quota, text.length);
  return text;
}

function formatField(field: string, find: (name: string) => Value | undefined, quota: Quota): string {
  spendStep(quota, 10);
  const match = NAME.exec(field);
  if (match === null) throw new YaqlError('a field of the format is not understood');
  const [, name = '', path = '', , spec = ''] = match;
  const value = find(name);
  if (value === undefined) throw new YaqlError('the format asks for an argument that was not given');
  return formatValue(follow(value, path, quota), spec, quota);
}

function follow(value: Value, path: string, quota: Quota): Value {
  let at: Value | undefined = value;
  for (const [, key = ''] of path.matchAll(/\[([^\]]*)\]/g)) {
    at = isList(at) ? at[Number(key)] : isDict(at) ? findInDict(at, key, quota) : undefined;
    if (at === undefined) throw new YaqlError('the format asks for a key or index that is not there');
  }
  return at;
}

function formatValue(value: Value, spec: string, quota: Quota): string {
  if (spec === '')
    return value === null ? 'None' : typeof value === 'boolean' ? (value ? 'True' : 'False') : toText(value, quota);
  const match = SPEC.exec(spec);
  if (match === null) throw new YaqlError('the form of a field of the format is not understood');
  const [, fill, align, sign = '-', alternate, zero, width = '0', comma, digits, type] = match;
  spendText(quota, Number(width));
  const number = isNumber(value);
  const body = number
    ? formatNumber(plain(value), isInteger(value), {
        sign,
        alternate: alternate !== undefined,
        comma: comma !== undefined,
        digits,
        type,
      })
    : formatString(toText(value, quota), digits, type);
  const side = align ?? (zero !== undefined ? '=' : number ? '>' : '<');
  return pad(body, Number(width), fill ?? (zero === undefined ? ' ' : '0'), side);
}

function formatString(text: string, digits: string | undefined, type: string | undefined): string {
  if (type !== undefined && type !== 's') throw new YaqlError(`the format "${type}" is not for strings`);
  return digits === undefined ? text : [...text].slice(0, Number(digits)).join('');
}

interface NumberForm {
  readonly sign: string;
  readonly alternate: boolean;
  readonly comma: boolean;
  readonly digits: string | undefined;
  readonly type: string | undefined;
}

const BASES: { readonly [type: string]: readonly [base: number, prefix: string] } = {
  b: [2, '0b'],
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatNumber(number: number, whole: boolean, form: NumberForm): string {
  const magnitude = unsigned(Math.abs(number), whole, form);
  const [integral = '', ...fraction] = magnitude.split('.');
  const grouped = form.comma ? integral.replace(/\B(?=(\d{3})+$)/g, ',') : integral;
  const sign = number < 0 ? '-' : form.sign === '-' ? '' : form.sign;
  return sign + [grouped, ...fraction].join('.');
}

function unsigned(number: number, whole: boolean, { type = whole ? 'd' : '', digits, alternate }: NumberForm): string {
  const base = BASES[type];
  if (base !== undefined || type === 'd') {
    if (!whole) throw new YaqlError(`the format "${type}" is for integers`);
    const text = number.toString(base?.[0] ?? 10);
    return (alternate ? (base?.[1] ?? '') : '') + (type === 'X' ? text.toUpperCase() : text);
  }
  const precision = Math.min(100, Number(digits ?? 6));
  if (type === 'f' || type === 'F') return number.toFixed(precision);
  if (type === '%') return `${(number * 100).toFixed(precision)}%`;
  if (type === 'e' || type === 'E') return number.toExponential(precision).replace(/e([-+])(\d)$/, 'e$10$2');
  if (type === '' || type === 'g' || type === 'G' || type === 'n')
    return digits === undefined ? String(number) : String(Number(number.toPrecision(Math.max(1, precision))));
  throw new YaqlError(`the format "${type}" is not for numbers`);
}

function pad(body: string, width: number, fill: string, side: string): string {
  const missing = width - [...body].length;
  if (missing <= 0) return body;
  if (side === '<') return body + fill.repeat(missing);
  if (side === '^') return fill.repeat(Math.floor(missing / 2)) + body + fill.repeat(Math.ceil(missing / 2));
  const sign = side === '=' ? (/^[-+ ]?(?:0[box])?/i.exec(body)?.[0] ?? '') : '';
  return sign + fill.repeat(missing) + body.slice(sign.length);
}
