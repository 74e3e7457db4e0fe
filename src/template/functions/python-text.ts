/** Values as the texts that Python makes of them, where templates can see those: `json.dumps(…, sort_keys=True)` and `str(…)`. */
import type { Json, JsonMap } from '../../std/json.ts';

/** Keys sorted, `", "` and `": "` between, everything beyond ASCII escaped. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return mapText(value as JsonMap);
  return escapeBeyondAscii(JSON.stringify(value));
}

function mapText(map: JsonMap): string {
  const members = Object.keys(map).sort();
  return `{${members.map((key) => `${escapeBeyondAscii(JSON.stringify(key))}: ${pythonJson(map[key] ?? null)}`).join(', ')}}`;
}

function escapeBeyondAscii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
