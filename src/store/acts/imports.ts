/**
 * What may be imported: for a name that the goal declares and that is no stack of its own, an object that nothing here manages. Two resources
 * with one object would undo each other's work, and the deletion of one would be the loss of the other.
 */
import type { DeclaredFacts } from '../../engine/plan-start.ts';
import type { Edit, StartAnswer } from '../../engine/ports/store.ts';
import { type Act, queryOne } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { lockObject } from './lock.ts';

type Refused = StartAnswer & { kind: 'refused' };

/** `declared` is what the goal that is being started says; null where all can be imported. */
export function* refuseImports(cx: ActContext, edits: readonly Edit[], declared: readonly DeclaredFacts[]): Act<Refused | null> {
  // In one order, so that no two requests wait for each other's objects.
  const imports = edits.filter((edit) => edit.kind === 'import').sort((x, y) => (x.physicalId < y.physicalId ? -1 : 1));
  for (const { name, physicalId, type } of imports) {
    const target = declared.find((d) => d.name === name);
    if (target === undefined) return refused('NO_SUCH_RESOURCE', `the goal has no resource ${name}`);
    if (type !== undefined && target.type !== type)
      return refused('NO_SUCH_RESOURCE', `${physicalId} is to be imported as ${type}, but ${name} of the goal is ${target.type}`);
    if (target.nested) return refused('NESTED', `${name} is a stack of its own: there is no one object to import for it`);
    const manager = yield* findManager(cx, target.type, physicalId);
    if (manager)
      return refused(
        'ALREADY_MANAGED',
        `${physicalId} is ${manager.name} of stack ${manager.stack} already: forget it there first`,
      );
  }
  return null;
}

const refused = (code: Refused['code'], message: string): Refused => ({ kind: 'refused', code, message });

/** An object that is bound to a machine may have a namesake on another one, so only its identity tells. */
function* findManager(cx: ActContext, type: string, physicalId: string): Act<{ name: string; stack: string } | undefined> {
  yield* lockObject(cx, `${type} ${physicalId}`);
  return yield* queryOne<{ name: string; stack: string }>(
    `select r.name, s.name as stack from resource r join stack s on s.id = r.stack_id
     where r.physical_id = ? and r.type = ? and r.external = 0 and r.host is null limit 1`,
    physicalId,
    type,
  );
}
