import assert from 'node:assert/strict';
import { test } from 'node:test';
import pc from 'picocolors';
import type { ResourceRow } from '../engine/ports/store.ts';
import type { StackView } from '../store/reads/reads.ts';
import { drawProgress } from './draw-progress.ts';

const row = (id: number, name: string, more: object = {}) =>
  ({ id, name, marked: null, action: 'CREATE', status: 'COMPLETE', reason: '', ...more }) as unknown as ResourceRow;
const node = (id: number, resourceId: number, state: string) => ({
  id,
  resourceId,
  state,
  phase: 'converge',
  reason: '',
  wakeAt: null,
});

function draw(view: object, requires: readonly (readonly [string, readonly string[]])[], columns = 60, rows = 24): string[] {
  const stack = { name: 'demo', action: 'CREATE', status: 'IN_PROGRESS', goal: 1 };
  const whole = { stack, recorded: [], operations: [], nodes: [], edges: [], ...view } as unknown as StackView;
  return drawProgress({
    view: whole,
    requires: new Map(requires),
    now: 0,
    wallTime: 2_000,
    startedAt: 0,
    pending: [],
    columns,
    rows,
    colors: pc.createColors(false),
  });
}

test('what requires stands above what it requires, with state, time and reason', () => {
  const lines = draw(
    {
      resources: [row(1, 'a'), row(2, 'b'), row(3, 'c', { action: 'INIT' })],
      nodes: [node(1, 1, 'done'), node(2, 2, 'working'), node(3, 3, 'waiting')],
      edges: [{ required: 2, requirer: 3 }],
      operations: [
        { resourceId: 2, kind: 'create', state: 'running', startedAt: 500, wakeAt: null, reason: 'new', cancel: false },
      ],
    },
    [
      ['a', []],
      ['b', ['a']],
      ['c', ['b', 'a']],
    ],
  );
  assert.deepEqual(lines, [
    'demo  CREATE IN_PROGRESS  goal 1  1 working, 1 waiting, 1 d',
    '· c                             waiting  for b',
    '▸ ├─ b                          create  1.5 s  new',
    '✓ └─ a                          CREATE COMPLETE',
  ]);
});

test('what does not fit is grouped by state, the failures first, and no line is wider than the terminal', () => {
  const resources = Array.from({ length: 100 }, (_, i) =>
    row(i, `resource-with-a-rather-long-name-${i}`, i === 70 ? { status: 'FAILED', reason: 'because '.repeat(20) } : {}),
  );
  const lines = draw(
    { resources },
    resources.map(({ name }) => [name, []]),
    60,
    10,
  );
  assert.equal(lines.length, 8);
  assert.match(lines[1]!, /^✗ resource-with-a-rather-long- {2}failed {2}because/);
  assert.equal(lines.at(-1), '  … 94 done');
  for (const line of lines) assert.ok(line.length < 60, line);
});
