/** A preview as text and as JSON; sensitive values are never shown. */
import type { PreviewAction, PreviewEntry, PropertyChange } from '../main/preview.ts';
import type { PreviewResult } from '../main/setpoint.ts';
import type { Json } from '../std/json.ts';
import { mask } from './stack-shapes.ts';
import type { Colors } from './terminal.ts';

const signs: { readonly [action in PreviewAction]: string } = {
  create: '+',
  update: '~',
  replace: '±',
  reuse: '↺',
  adopt: '↓',
  keep: '=',
  delete: '-',
  retain: '!',
  fail: '✗',
  none: ' ',
};

export function formatPreview(name: string, result: PreviewResult, colors: Colors, all: boolean): string {
  const shown = result.entries.filter(
    (entry) => all || entry.action !== 'none' || entry.renamedFrom !== null || entry.pauses.length > 0,
  );
  const head =
    result.stack === null
      ? `${colors.bold(name)} does not exist yet`
      : `${colors.bold(name)}: ${result.stack.action} ${result.stack.status}, goal ${result.stack.goal}`;
  const refusal = result.refusal === null ? [] : [colors.red(`It would be refused: ${result.refusal}`)];
  const body = shown.length === 0 ? ['  nothing would be changed'] : shown.map((entry) => formatEntry(entry, colors));
  return [head, ...body, '', countsText(result), ...refusal].join('\n');
}

function formatEntry(entry: PreviewEntry, colors: Colors): string {
  const color = colorOf(entry.action, colors);
  const notes = [
    entry.reason,
    entry.perhaps ? 'perhaps: it depends on what is not known yet' : '',
    entry.deleteFirst ? 'the old one is deleted before the new one is made' : '',
    entry.renamedFrom === null ? '' : `the object of ${entry.renamedFrom}, renamed`,
    entry.after === null ? '' : `after the ${entry.after}`,
    entry.pauses.length === 0 ? '' : `waits for you at ${entry.pauses.join(' and ')}`,
  ].filter((note) => note !== '');
  const version = entry.version === null ? '' : colors.dim(` (version ${entry.version})`);
  const head = `  ${color(`${signs[entry.action]} ${entry.action.padEnd(7)}`)} ${entry.name}${version}  ${colors.dim(entry.type)}  ${notes.join('; ')}`;
  return [head, ...entry.changes.map((change) => `        ${formatChange(change, entry.action)}`)].join('\n');
}

function formatChange(change: PropertyChange, action: PreviewAction): string {
  const after = change.unknown ? '(known once it is made)' : textOf(change.after, change.sensitive);
  return action === 'create'
    ? `${change.name}: ${after}`
    : `${change.name}: ${textOf(change.before, change.sensitive)} → ${after}`;
}

function textOf(value: Json, sensitive: boolean): string {
  if (value === null) return '(none)';
  if (sensitive) return mask;
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}…`;
}

function countsText({ counts }: PreviewResult): string {
  const parts = Object.entries(counts).filter(([action, n]) => n > 0 && action !== 'none');
  const list = parts.map(([action, n]) => `${n} to ${action}`).join(', ');
  return `${list === '' ? 'Nothing to do' : list}; ${counts.none} unchanged`;
}

function colorOf(action: PreviewAction, colors: Colors): (text: string) => string {
  if (action === 'create' || action === 'reuse' || action === 'adopt') return colors.green;
  if (action === 'delete' || action === 'fail') return colors.red;
  return action === 'none' || action === 'keep' ? colors.dim : colors.yellow;
}

export function toJsonPreview(name: string, result: PreviewResult) {
  return {
    stack: name,
    exists: result.stack !== null,
    goalSha: result.goalSha,
    change: result.stack?.change ?? null,
    refusal: result.refusal,
    counts: result.counts,
    entries: result.entries.map((entry) => ({ ...entry, changes: entry.changes.map(toJsonChange) })),
    warnings: result.warnings,
  };
}

function toJsonChange(change: PropertyChange) {
  return change.sensitive
    ? { ...change, before: change.before === null ? null : mask, after: change.after === null ? null : mask }
    : change;
}
