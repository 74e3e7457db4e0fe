/** A status in its colour: green for good, red for bad, yellow for what nobody knows, cyan for what goes on. */
import type { Colors } from './terminal.ts';

export function coloredStatus(text: string, colors: Colors): string {
  if (/FAILED|failed/.test(text)) return colors.red(text);
  if (/UNKNOWN|superseded/.test(text)) return colors.yellow(text);
  if (/IN_PROGRESS|in progress/.test(text)) return colors.cyan(text);
  if (/COMPLETE|complete/.test(text)) return colors.green(text);
  return text;
}
