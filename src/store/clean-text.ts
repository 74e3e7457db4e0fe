import { parseJson } from '../std/parse-json.ts';

/** PostgreSQL's texts hold no NUL and no half of a surrogate pair; the few that have one get a sign that says so in its place. */
export function cleanText(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\u2400') : text).toWellFormed();
}

/** The same for every text inside a JSON parameter. */
export function cleanJson(json: string): string {
  if (!/\\u(0000|d[89a-f])/i.test(json)) return json;
  return JSON.stringify(parseJson(json), (_, value: unknown) => (typeof value === 'string' ? cleanText(value) : value));
}
