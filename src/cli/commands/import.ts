/**
 * `setpoint import`: takes an object that exists already for a resource of the goal, instead of making one. It is looked at, and changed
 * to what the goal says. With a template, goal and import are one request.
 */
import type { Command } from 'commander';
import type { Edit } from '../../engine/ports/store.ts';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import type { GlobalOptions } from '../global-options.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { atTerminal, chosenStack, inSession, type Session } from '../session.ts';

interface ImportOptions extends RequestOptions, GoalOptions {
  readonly template?: string;
  readonly type?: string;
}

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .argument('<resource>', 'its logical name')
    .argument('<id>', 'the physical id of the object')
    .description('take an object that exists already for a resource');
  addFollowOptions(addGoalOptions(command))
    .option('-t, --template <file>', 'a new goal, which has the resource')
    .option('--type <type>', 'what the object is: refused when the resource is of another type')
    .action(
      atTerminal<ImportOptions>((terminal, options, name, physicalId) =>
        inSession(terminal, options, async (session) =>
          followWork(
            session,
            await importObject(session, options, {
              kind: 'import',
              name: name!,
              physicalId: physicalId!,
              ...(options.type === undefined ? {} : { type: options.type }),
            }),
            options,
          ),
        ),
      ),
    );
}

async function importObject(session: Session, options: ImportOptions & GlobalOptions, edit: Edit) {
  const { setpoint } = session;
  if (options.template !== undefined)
    return setpoint.submit(stackNameFor(options.template, options), readGoal(options.template, options), { edits: [edit] });
  return setpoint.carryOn((await chosenStack(session)).name, [edit]);
}
