/**
 * A stack under way as lines for a terminal: a tree of resources, or, where it would not fit, those that matter most grouped by their state.
 * Pure.
 */
import type { StackView } from '../store/reads/reads.ts';
import { formatDuration } from './duration.ts';
import { printable } from './printable.ts';
import { type ProgressState, progressOf, type ResourceProgress } from './resource-progress.ts';
import { type RequiresByName, type TreeLine, treeOf } from './stack-tree.ts';
import type { Colors } from './terminal.ts';

export interface Drawing {
  readonly view: StackView;
  readonly requires: RequiresByName;
  /** Of the database's clock. */
  readonly now: number;
  readonly wallTime: number;
  readonly startedAt: number;
  readonly columns: number;
  readonly rows: number;
  readonly colors: Colors;
  /** What waits for a person, a line each. */
  readonly pending: readonly string[];
}

interface Line extends TreeLine {
  readonly progress: ResourceProgress;
}

const symbols: { readonly [state in ProgressState]: string } = {
  failed: '✗',
  unknown: '?',
  working: '▸',
  retrying: '↻',
  paused: '‖',
  ready: '▸',
  waiting: '·',
  skipped: '-',
  done: '✓',
};
const byWeight: readonly ProgressState[] = [
  'failed',
  'unknown',
  'working',
  'retrying',
  'paused',
  'ready',
  'skipped',
  'waiting',
  'done',
];

export function drawProgress(drawing: Drawing): string[] {
  const progress = progressOf(drawing.view, drawing.now);
  const lines = treeOf(drawing.view, drawing.requires).map((line) => ({ ...line, progress: progress.get(line.resource.id)! }));
  const pending = drawing.pending.map((line) => drawing.colors.yellow(`‖ ${line}`.slice(0, Math.max(10, drawing.columns - 1))));
  const room = Math.max(3, drawing.rows - 3 - pending.length);
  const body = lines.length <= room ? lines.map((line) => drawLine(line, drawing)) : drawGroups(lines, room, drawing);
  return [drawHead(lines, drawing), ...body, ...pending];
}

function drawHead(lines: readonly Line[], { view, wallTime, startedAt, colors, columns }: Drawing): string {
  const count = (state: ProgressState) => lines.filter((line) => line.progress.state === state).length;
  const counts = byWeight.map((state) => ({ state, n: count(state) })).filter(({ n }) => n > 0);
  const text = `${view.stack.action} ${view.stack.status}  goal ${view.stack.goal}  ${counts.map(({ state, n }) => `${n} ${state}`).join(', ')}  ${formatDuration(wallTime - startedAt)}`;
  return `${colors.bold(view.stack.name)}  ${text.slice(0, Math.max(10, columns - view.stack.name.length - 3))}`;
}

function drawGroups(lines: readonly Line[], room: number, drawing: Drawing): string[] {
  const sorted = lines.toSorted((a, b) => byWeight.indexOf(a.progress.state) - byWeight.indexOf(b.progress.state));
  const shown = sorted.slice(0, room - 1);
  const rest = Map.groupBy(sorted.slice(room - 1), (line) => line.progress.state);
  const more = [...rest].map(([state, group]) => `${group.length} ${state}`).join(', ');
  return [...shown.map((line) => drawLine({ ...line, prefix: '' }, drawing)), drawing.colors.dim(`  … ${more}`)];
}

function drawLine({ resource, prefix, progress }: Line, drawing: Drawing): string {
  const { colors } = drawing;
  const old = resource.marked === null ? '' : ` (version ${resource.id}, not wanted)`;
  // A line that wraps would spoil the count of lines to go back.
  const name = `${symbols[progress.state]} ${prefix}${oneLine(resource.name)}${old}`
    .padEnd(30)
    .slice(0, Math.max(10, drawing.columns - 30));
  const elapsed = progress.since === null ? '' : `  ${formatDuration(drawing.wallTime - progress.since)}`;
  const state = `  ${progress.state === 'done' || progress.state === 'working' ? progress.doing : progress.state}${elapsed}`;
  const reason = progress.reason === '' ? '' : `  ${oneLine(progress.reason)}`;
  const left = Math.max(0, drawing.columns - 1 - name.length - state.length);
  return `${name}${colorOf(progress.state, colors)(state)}${colors.dim(reason.slice(0, left))}`;
}

/** As it will be shown, so that its length is known. */
const oneLine = (text: string): string => printable(text).replaceAll(/\s+/g, ' ');

function colorOf(state: ProgressState, colors: Colors): (text: string) => string {
  switch (state) {
    case 'failed':
      return colors.red;
    case 'unknown':
    case 'retrying':
    case 'paused':
    case 'skipped':
      return colors.yellow;
    case 'working':
    case 'ready':
      return colors.cyan;
    case 'done':
      return colors.green;
    case 'waiting':
      return colors.dim;
  }
}
