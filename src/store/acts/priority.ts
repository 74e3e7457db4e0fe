/** A stack's priority: the same in its whole tree, because what is nested is work for its root. */

import type { StackId, StackRow } from '../../engine/ports/store.ts';
import { type Priority, priorityNumbers } from '../../engine/priorities.ts';
import { toStack } from '../rows.ts';
import { type Act, queryOne, run } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { lockTreeByUuid } from './lock.ts';

export function* writePriority(rootId: StackId, priority: Priority): Act<void> {
  yield* run('update stack set priority = ? where root_id = ?', priorityNumbers[priority], rootId);
}

/** At any time, without a traversal; null when there is no such stack. */
export function* changePriority(cx: ActContext, uuid: string, priority: Priority): Act<StackRow | null> {
  yield* lockTreeByUuid(cx, uuid);
  const row = yield* queryOne('select * from stack where uuid = ? and deleted_at is null', uuid);
  if (row === undefined) return null;
  yield* writePriority(toStack(row).rootId, priority);
  return { ...toStack(row), priority };
}
