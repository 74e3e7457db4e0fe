/** `setpoint up`: makes a template the goal of a stack, whether there is one yet or not, and works until it stands. */
import type { Command } from 'commander';
import { databaseExists } from '../../main/database-path.ts';
import { openRegistry } from '../../main/open-registry.ts';
import { validateGoal } from '../../main/validate-goal.ts';
import type { GoalDocuments } from '../../template/definition.ts';
import type { ExitCode } from '../exit-codes.ts';
import { addFollowOptions, type RequestOptions, timeoutOf } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import type { GlobalOptions } from '../global-options.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { loadPlan, type Plan } from '../plan-file.ts';
import { readPriority } from '../read-priority.ts';
import { atTerminal, inSession, loadTypes, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface UpOptions extends GoalOptions, RequestOptions {
  readonly rollback?: boolean;
  readonly plan?: string;
  readonly priority?: string;
}

interface Target {
  readonly name: string;
  readonly documents: GoalDocuments;
  readonly plan: Plan | null;
}

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .argument('[template]', 'a HOT template')
    .description('create a stack, or update it to a new goal');
  addFollowOptions(addGoalOptions(command))
    .option('--rollback', 'go back to the last complete goal when it fails')
    .option('--no-rollback', 'keep what was done when it fails (the default of a new stack)')
    .option('--timeout <duration>', 'fail what has not ended by then: 90, 90s, 10m, 2h; none')
    .option('--priority <priority>', 'which stacks engines serve first: high, normal, low (a new stack: normal)')
    .option('--plan <file>', 'do exactly what preview --save showed, or refuse')
    .action(atTerminal<UpOptions>(runUp));
}

async function runUp(terminal: Terminal, options: UpOptions & GlobalOptions, template?: string): Promise<ExitCode> {
  const target = targetOf(options, template);
  if (!databaseExists(options.database))
    validateGoal(openRegistry(options.local, await loadTypes(options.provider)), target.name, target.documents);
  return inSession(terminal, options, (session) => submit(session, options, target));
}

function targetOf(options: UpOptions & GlobalOptions, template: string | undefined): Target {
  if (options.plan === undefined) {
    if (template === undefined) throw new UsageError('USAGE', 'up needs a template, or --plan', 'setpoint up TEMPLATE');
    return { name: stackNameFor(template, options), documents: readGoal(template, options), plan: null };
  }
  if (template !== undefined || options.environment.length + options.parameter.length > 0) {
    throw new UsageError('USAGE', 'a plan holds its template, environments and parameters already: give --plan alone');
  }
  const plan = loadPlan(options.plan);
  if (options.stack !== undefined && options.stack !== plan.stack)
    throw new UsageError('USAGE', `the plan was made for the stack ${plan.stack}`);
  return { name: plan.stack, documents: plan.documents, plan };
}

async function submit(session: Session, options: UpOptions, { name, documents, plan }: Target): Promise<ExitCode> {
  const accepted = await session.setpoint.submit(name, documents, {
    ...(options.rollback === undefined ? {} : { rollback: options.rollback }),
    ...timeoutOf(options),
    ...(options.priority === undefined ? {} : { priority: readPriority(options.priority) }),
    ...(plan === null ? {} : { expectChange: plan.change }),
    ...(plan?.stackId ? { expectStack: plan.stackId } : {}),
  });
  return followWork(session, accepted, options);
}
