/** Outputs as aligned lines; secrets stay covered unless asked for. */
import type { OutputValue } from '../main/setpoint.ts';
import type { Json } from '../std/json.ts';
import { shownValue } from './stack-shapes.ts';
import type { Colors } from './terminal.ts';

export function formatOutputs(outputs: readonly OutputValue[], colors: Colors, showSecrets: boolean): string {
  const width = Math.max(0, ...outputs.map((output) => output.name.length));
  return outputs.map((output) => `  ${output.name.padEnd(width)}  ${valueText(output, colors, showSecrets)}`).join('\n');
}

function valueText(output: OutputValue, colors: Colors, showSecrets: boolean): string {
  if (output.error !== null) return colors.dim(`(${output.error})`);
  return plainText(shownValue(output, showSecrets));
}

/** Texts as they are, everything else as JSON. */
export function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
