/** Runs every broken engine until it is caught, or has walked a thousand seeds, and prints the table. */
import { type Job, runCampaign } from './campaign.ts';
import { mutations } from './mutations.ts';
import { lockMutations } from './shared/lock-mutations.ts';
import { headOf } from './violation.ts';

export interface Caught {
  readonly name: string;
  readonly invariant: string;
  readonly message: string;
  /** The scenario that caught it, or the seeds walked until then; null when it was not caught. */
  readonly seeds: number | string | null;
}

/** All of them, or those whose names have `only` in them; `shared`: those of locks. */
export async function catchMutations(seeds = 1_000, only = '', shared = false): Promise<readonly Caught[]> {
  const caught: Caught[] = [];
  const chosen = (shared ? lockMutations : mutations).filter(({ name }) => name.includes(only));
  const jobs = chosen.map(
    (mutation): Job => ({ kind: 'walks', from: 1, count: seeds, mutation: mutation.name, stopAtFirst: true, shared }),
  );
  const half = Math.ceil(jobs.length / 2);
  const run = async (own: readonly Job[]): Promise<void> => {
    for (const job of own) {
      const { findings } = await runCampaign([job], { workers: 1 });
      const first = findings[0];
      const name = job.kind === 'walks' ? (job.mutation ?? '') : '';
      caught.push({
        name,
        invariant: first?.invariant ?? '',
        message: first?.message ?? 'NOT CAUGHT',
        seeds: first ? first.what || first.seed : null,
      });
    }
  };
  await Promise.all([run(jobs.slice(0, half)), run(jobs.slice(half))]);
  return chosen.map((mutation) => caught.find((c) => c.name === mutation.name)!);
}

export function printTable(caught: readonly Caught[]): string {
  const rows = caught.map(
    (c) =>
      `| ${c.name} | ${c.invariant} | ${c.seeds ?? 'not caught'} | ${headOf(c.message).replaceAll('|', '/').slice(0, 110)} |`,
  );
  return ['| broken rule | caught by | seeds | how |', '|---|---|---|---|', ...rows].join('\n');
}
