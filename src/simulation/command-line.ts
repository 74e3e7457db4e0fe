/** What the simulator can be asked on its command line. */
import { Command, InvalidArgumentError } from 'commander';
import { type Seldom, seldom } from './plan.ts';

/** Left out is what was not asked for; flags are true. */
export interface Asked {
  readonly seeds?: number;
  readonly from?: number;
  readonly often?: readonly Seldom[];
  readonly seed?: number;
  readonly trace?: true;
  readonly shrink?: number;
  readonly write?: string;
  readonly scenario?: string;
  readonly scenarios?: true;
  readonly planted?: string;
  readonly injected?: string;
  readonly only?: string;
  readonly crashPoints?: true;
  readonly everyStep?: true;
  readonly every?: number;
  readonly exhaustive?: true;
  readonly preemptions?: number;
  readonly runs?: number;
  readonly mutations?: true;
  readonly within?: number;
  readonly interleaved?: true;
  readonly versions?: true | string;
}

/** Ends the process where it asks for help, or for what there is not. */
export function readCommandLine(args: readonly string[]): Asked {
  const command = new Command('npm run simulate --')
    .description(
      'Walks the engine through crashes, faults and competing requests, and holds it against its promises (docs/simulation.md).',
    )
    .allowExcessArguments(false)
    .option('--seeds <n>', 'random walks, on two workers (1000)', number)
    .option('--from <seed>', 'the first of them (1)', number)
    .option('--often <what,...>', `with walks of any kind: what is seldom is in each of them: ${seldom.join(', ')}`, kinds)
    .option('--seed <seed>', 'one walk; made small where it breaks a promise', number)
    .option('--trace', 'with one walk or scenario: every step of it')
    .option('--shrink <seed>', 'the smallest walk that still breaks the promise, as a scenario file', number)
    .option('--write <file>', 'with --shrink: where to')
    .option('--scenario <name|file>', 'one scenario, fault-free, or a walk from a file')
    .option('--scenarios', 'all scenarios, fault-free')
    .option('--planted <site,nth,what>', 'with --scenario: one fault, as a failing campaign tells it')
    .option('--injected <step,kind[,child]>', 'with --scenario: one more request')
    .option('--crash-points', 'every scenario with one fault at every point')
    .option('--every-step', 'every scenario with every request of a user between any two steps')
    .option('--every <n>', 'with these two: one of so many (1)', number)
    .option('--only <text>', 'of scenarios, those whose names begin so; of broken engines, those that have it in theirs')
    .option('--exhaustive', 'every schedule of the small cases')
    .option('--preemptions <n>', 'with --exhaustive: at most so many (3)', number)
    .option('--runs <n>', 'with --exhaustive: stop after so many (1000000)', number)
    .option('--mutations', 'every broken engine, until it is caught')
    .option('--within <seeds>', 'with --mutations: by so many (1000)', number)
    .option('--interleaved', 'with --seeds, --seed, --shrink and --mutations: acts on a PostgreSQL, a statement at a time')
    .option(
      '--versions [revision|folder]',
      'with --seeds and --seed: an older version beside this one, and the migration in the middle; left out: the last revision before the newest migration',
    );
  return command.parse(args, { from: 'user' }).opts<Asked>();
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function kinds(text: string): readonly Seldom[] {
  const names = text.split(',');
  const unknown = names.filter((name) => !seldom.includes(name as Seldom));
  if (unknown.length > 0) throw new InvalidArgumentError(`It knows ${seldom.join(', ')}, not ${unknown.join(', ')}.`);
  return names as Seldom[];
}
