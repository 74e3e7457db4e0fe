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
  const members = mapArgument(argument, reading, path, { required: [], optional: PARTS });
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
  const head = `${scheme === '' ? '' : `${scheme}:`}${hierarchy(scheme, authority, path)}`;
  const query = queryOf(parts.query);
  const fragment = quote(text(parts.fragment, 'fragment'), '/');
  return `${head}${query === '' ? '' : `?${query}`}${fragment === '' ? '' : `#${fragment}`}`;
}

/** Schemes whose URLs begin with `//` even without a host, to Python. */
const WITH_AUTHORITY =
  /^(?:ftp|file|https?|shttp|gopher|nntp|telnet|imap|wais|mms|snews|prospero|rtspu?|rsync|svn|svn\+ssh|sftp|nfs|git|git\+ssh|wss?)$/;

/** What comes after the scheme and before the query. */
function hierarchy(scheme: string, authority: string, path: string): string {
  if (authority === '' && !path.startsWith('//') && !WITH_AUTHORITY.test(scheme)) return path;
  const slash = path !== '' && !path.startsWith('/') ? '/' : '';
  return `//${authority}${slash}${path}`;
}

function authorityOf(parts: Parts): string {
  const host = text(parts.host, 'host').replace(/^\[(.*)\]$/s, '$1');
  const quoted = quote(host, '').replaceAll('%3A', ':');
  const bracketed = quoted.includes(':') ? `[${quoted}]` : quoted;
  return `${userOf(parts)}${bracketed}${portOf(parts.port)}`;
}

function userOf(parts: Parts): string {
  const username = text(parts.username, 'username');
  const password = text(parts.password, 'password');
  if (username === '' && password === '') return '';
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
  return pairs
    .map(([key, value]) => `${quotePlus(key)}=${quotePlus(queryText(value))}`)
    .join('&')
    .replaceAll('%2F', '/');
}

function queryText(value: Json): string {
  const found = value === null ? 'None' : toText(value);
  if (found === undefined) throw new FunctionError('the values in the query of "make_url" must be strings or numbers');
  return found;
}

function text(value: Json, part: string): string {
  if (value !== null && typeof value !== 'string') throw new FunctionError(`the ${part} of "make_url" must be a string`);
  return value ?? '';
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
