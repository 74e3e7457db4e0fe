/** JSON values as Python writes them: the text that Heat makes of a list or map where it wants a string. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';

export function pythonLiteral(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  return isMap(value) ? pythonMap(value) : String(value);
}

function pythonMap(map: JsonMap): string {
  const members = Object.entries(map).map(([key, value]) => `${quoteText(key)}: ${pythonLiteral(value)}`);
  return `{${members.join(', ')}}`;
}

const ESCAPES: { readonly [char: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** A text as Python's repr gives it: in single quotes, unless only these stand in it. */
export function quoteText(text: string): string {
  const escaped = text.replace(/[\n\r\t\\]/g, (char) => ESCAPES[char]!);
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}
