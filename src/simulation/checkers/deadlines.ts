/**
 * Deadlines of stacks: time stands still for them while engines are paused, and for no longer. A stack never has more time than it was given, and never
 * less for a pause (I-25).
 */
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkDeadlines(): Checker {
  /** The time that each traversal was given, and what was left of it when engines were paused. */
  const given = new Map<string, number>();
  let paused: ReadonlyMap<string, number> | null = null;
  return {
    invariants: ['I-25'],
    before(world, method) {
      if (String(method) === 'pause') paused ??= left(world);
    },
    commit(world, { method, args, changes }) {
      // A request is of the moment at which it was made, and may be committed later.
      const { now = world.clock.now() } = (args[0] ?? {}) as { readonly now?: number };
      for (const { table, before: former, after } of changes) {
        if (table !== 'traversal' || after === null) continue;
        const key = `${after['stack_id']}/${after['number']}`;
        const isInTime = former?.['state'] === 'converged' && former['deadline'] !== null;
        if (isInTime && Number(after['failures']) > Number(former['failures']))
          world.report('I-25', `traversal ${key} has converged, and fails by its deadline`);
        if (after['deadline'] === null) continue;
        const time = Number(after['deadline']) - world.clock.now();
        if (!given.has(key)) given.set(key, Number(after['deadline']) - now);
        else if (time > given.get(key)!)
          world.report('I-25', `traversal ${key} has ${time} ms until its deadline, and was given ${given.get(key)}`);
        const before = paused?.get(key);
        if (String(method) === 'unpause' && before !== undefined && time < before)
          world.report('I-25', `traversal ${key} had ${before} ms until its deadline when engines were paused, and has ${time}`);
      }
      if (String(method) === 'unpause') paused = null;
    },
  };
}

function left({ mirror, clock }: World): ReadonlyMap<string, number> {
  const rows = [...mirror.rows.traversal.values()].filter((row) => row['deadline'] !== null && row['ended_at'] === null);
  return new Map(rows.map((row) => [`${row['stack_id']}/${row['number']}`, Number(row['deadline']) - clock.now()]));
}
