/** `make_url: {scheme, username, password, host, port, path, query, fragment}`: a URL with everything escaped that must be. */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { toText } from '../coerce.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import { mapArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';

const PARTS = ['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment'] as const;
type Parts = { readonly [part in (typeof PARTS)[number]]: Json };

/** The parts in the order above; null for one that is not given. */
export const buildUrl: Operator = {
  name: 'make_url',
  apply: (values) => urlOf(Object.fromEntries(PARTS.map((part, i) => [part, values[i] ?? null])) as Parts),
};

export const makeUrl: TemplateFunction = { name: 'make_url', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const members = mapArgument(argument, reading, path, [], PARTS);
  if (members === undefined) return WRONG;
  const args = PARTS.map((part) => {
    const member = members.get(part);
    return member === undefined ? null : reading.argument(member.value, member.path);
  });
  return reading.call(buildUrl, args, path);
}

function urlOf(parts: Parts): string {
  const scheme = text(parts.scheme, 'scheme');
  if (scheme.includes(':')) throw new FunctionError('the scheme of "make_url" must not have a ":"');
  const authority = authorityOf(parts);
  const path = quote(text(parts.path, 'path'), '/');
  const slash = authority !== '' && path !== '' && !path.startsWith('/') ? '/' : '';
  const head = `${scheme === '' ? '' : `${scheme}:`}${authority === '' && scheme === '' ? '' : '//'}${authority}${slash}${path}`;
  const query = queryOf(parts.query);
  const fragment = quote(text(parts.fragment, 'fragment'), '/');
  return `${head}${query === '' ? '' : `?${query}`}${fragment === '' ? '' : `#${fragment}`}`;
}

function authorityOf(parts: Parts): string {
  const host = text(parts.host, 'host');
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${userOf(parts)}${bracketed}${portOf(parts.port)}`;
}

function userOf(parts: Parts): string {
  const username = text(parts.username, 'username');
  const password = text(parts.password, 'password');
  if (password !== '' && username === '') throw new FunctionError('"make_url" needs a username for the password');
  if (username === '') return '';
  return `${quote(username, '')}${password === '' ? '' : `:${quote(password, '')}`}@`;
}

function portOf(port: Json): string {
  if (port === null || port === '') return '';
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new FunctionError('the port of "make_url" must be between 1 and 65535');
  return `:${number}`;
}

function queryOf(query: Json): string {
  if (query === null) return '';
  if (!isMap(query)) throw new FunctionError('the query of "make_url" must be a map');
  const pairs = Object.entries(query as JsonMap);
  return pairs.map(([key, value]) => `${quotePlus(key)}=${quotePlus(text(value, 'query'))}`).join('&');
}

function text(value: Json, part: string): string {
  const found = value === null ? '' : toText(value);
  if (found === undefined) throw new FunctionError(`the ${part} of "make_url" must be a string`);
  return found;
}

/** As Python's urllib: letters, digits, `_.-~` and `safe` stay. */
function quote(value: string, safe: string): string {
  const quoted = encodeURIComponent(value.toWellFormed()).replace(
    /[!*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return safe === '/' ? quoted.replaceAll('%2F', '/') : quoted;
}

function quotePlus(value: string): string {
  return quote(value, '').replaceAll('%20', '+');
}
