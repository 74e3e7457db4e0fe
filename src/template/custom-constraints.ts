/**
 * Heat's custom constraints that can be judged without asking a cloud. Each gives what is wrong, or nothing. Those that name a cloud's
 * objects (`nova.flavor` …) are known by name only, and never refuse a value. Pure: `expiration` is checked for form, not against a clock.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { Json } from '../std/json.ts';

type Check = (value: Json) => string | undefined;

const CLOUD_SERVICES =
  /^(?:barbican|blazar|cinder|designate|glance|heat|ironic|keystone|magnum|manila|mistral|monasca|neutron|nova|octavia|sahara|senlin|trove|zaqar|zun)\.[a-z_.]+$/;
const TIMEZONES: ReadonlySet<string> = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', 'GMT']);
const DNS_LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const LONGEST_NAME = 255;
/** As netaddr takes them: pairs of digits, groups of four or of six, or all in one. */
const MAC_FORMATS: readonly RegExp[] = [
  /^[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}$/i,
  /^[0-9a-f]{1,4}(?:([:.-])[0-9a-f]{1,4})(?:\1[0-9a-f]{1,4})$/i,
  /^[0-9a-f]{5,6}[:-][0-9a-f]{5,6}$/i,
  /^[0-9a-f]{11,12}$/i,
];
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['ip_addr', textCheck((text) => isIPv4(text) || isIPv6(text), 'is not an IP address')],
  ['net_cidr', textCheck(isCidr, 'is not a network as address/length')],
  ['ip_or_cidr', textCheck((text) => isIPv4(text) || isIPv6(text) || isCidr(text), 'is neither an IP address nor a network')],
  ['mac_addr', textCheck((text) => MAC_FORMATS.some((format) => format.test(text)), 'is not a MAC address')],
  ['dns_name', unlessEmpty(isDnsName, 'is not a DNS name')],
  ['rel_dns_name', unlessEmpty(isRelativeName, 'is not a relative DNS name (it must not end in a dot)')],
  ['dns_domain', unlessEmpty((text) => text.endsWith('.') && isDnsName(text), 'is not a DNS domain (it must end in a dot)')],
  ['iso_8601', textCheck(isIsoTime, 'is not a time as ISO 8601 writes it')],
  ['expiration', unlessEmpty((text) => isIsoTime(text.trim()), 'is not a time as ISO 8601 writes it')],
  ['timezone', unlessEmpty((text) => TIMEZONES.has(text), 'is not the name of a time zone')],
  ['json_string', textCheck(isJsonText, 'is not JSON')],
  ['cron_expression', unlessEmpty(isCron, 'is not a cron expression')],
  ['test_constr', () => undefined],
]);

export type CustomConstraintKind = 'checked' | 'cloud' | 'unknown';

/** Whether a custom constraint can be checked here, names a cloud's objects, or does not exist. */
export function customConstraintKind(name: string): CustomConstraintKind {
  if (CHECKS.has(name)) return 'checked';
  return CLOUD_SERVICES.test(name) ? 'cloud' : 'unknown';
}

export function customConstraintNames(): readonly string[] {
  return [...CHECKS.keys()];
}

/** What is wrong with the value; undefined when nothing is, or when it can't be told here. */
export function checkCustomConstraint(name: string, value: Json): string | undefined {
  return CHECKS.get(name)?.(value);
}

function textCheck(accepts: (text: string) => boolean, complaint: string): Check {
  return (value) => (accepts(typeof value === 'string' ? value : JSON.stringify(value)) ? undefined : complaint);
}

function unlessEmpty(accepts: (text: string) => boolean, complaint: string): Check {
  return textCheck((text) => text === '' || accepts(text), complaint);
}

function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (match === null) return false;
  const [, address = '', length = ''] = match;
  return (isIPv4(address) && Number(length) <= 32) || (isIPv6(address) && Number(length) <= 128);
}

/** Small letters only; the last part of a name that ends in a dot is no number. */
function isDnsName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const labels = name.split('.');
  const isNumber = text.endsWith('.') && labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? '');
  return name.length <= LONGEST_NAME && labels.every((label) => DNS_LABEL.test(label)) && !isNumber;
}

/** Short enough for a domain to follow. */
function isRelativeName(text: string): boolean {
  return !text.endsWith('.') && text.length <= LONGEST_NAME - 3 && isDnsName(text);
}

function isIsoTime(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T :Z+.,]/).map(Number);
  return ISO_8601.test(text) && day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 60;
}

/** None in a month that does not exist. */
function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Minute, hour, day of month, month, day of week, and a leading second if there are six. */
const CRON_FIELDS: readonly (readonly [number, number, string])[] = [
  [0, 59, ''],
  [0, 59, ''],
  [0, 23, ''],
  [1, 31, 'L'],
  [1, 12, 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'],
  [0, 7, 'SUN MON TUE WED THU FRI SAT L'],
];

function isCron(text: string): boolean {
  if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return true;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) return false;
  const fields = CRON_FIELDS.slice(6 - parts.length);
  return parts.every((part, i) => part.split(',').every((item) => isCronItem(item, fields[i]!)));
}

function isCronItem(item: string, [min, max, names]: readonly [number, number, string]): boolean {
  const match = /^(\*|\?|[A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?(?:\/(\d+))?$/.exec(item);
  if (match === null || match[3] === '0') return false;
  const within = (value: string | undefined) =>
    value === undefined ||
    names.split(' ').includes(value.toUpperCase()) ||
    (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max);
  return match[1] === '*' || match[1] === '?' ? match[2] === undefined : within(match[1]) && within(match[2]);
}
