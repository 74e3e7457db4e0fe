/** A worker of a campaign: runs one job at a time and answers with what it found. */
import { parentPort } from 'node:worker_threads';
import type { Finding, Job, JobResult } from './campaign.ts';
import { findMutation } from './mutations.ts';
import { loadOlderVersion } from './older-version.ts';
import { drawPlan } from './plan.ts';
import { runScenario } from './scenario-runner.ts';
import { findScenario, scenarios } from './scenarios.ts';
import { openSharedServer, type SharedServer } from './shared/shared-server.ts';
import { type RunResult, runWalk } from './walk.ts';

let server: Promise<SharedServer> | undefined;

function useServer(): Promise<SharedServer> {
  server ??= openSharedServer();
  return server;
}

parentPort?.on('message', (job: Job) => void run(job).then((result) => parentPort!.postMessage(result)));

async function run(job: Job): Promise<JobResult> {
  const findings: Finding[] = [];
  const reached = new Map<string, number>();
  let runs = 0;
  let steps = 0;
  const note = (result: RunResult, seed: number, what: string): void => {
    runs++;
    steps += result.steps;
    for (const [name, count] of result.reached) reached.set(name, (reached.get(name) ?? 0) + count);
    const first = result.violations[0];
    if (first) findings.push({ seed, what, invariant: first.invariant, message: first.message });
  };
  if (job.kind === 'walks') {
    const shared = job.shared === true ? await useServer() : null;
    const older = job.older === undefined ? null : await loadOlderVersion(job.older);
    const breakage = job.mutation === null ? undefined : findMutation(job.mutation);
    if (breakage && shared === null)
      for (const scenario of scenarios)
        if (findings.length === 0) note(await runScenario(scenario, { breakage }), 0, scenario.name);
    for (let seed = job.from; seed < job.from + job.count && !(job.stopAtFirst && findings.length > 0); seed++) {
      const often = job.often ?? breakage?.often;
      // Versions before this one have their own mistakes with nested stacks.
      note(
        await runWalk(drawPlan(seed, { twoVersions: older !== null, ...(often ? { often } : {}) }), {
          ...(breakage ? { breakage } : {}),
          older,
          shared,
        }),
        seed,
        '',
      );
    }
  } else {
    const { planted, injected = null } = job;
    note(await runScenario(findScenario(job.name), { planted, injected }), 0, nameOf(job));
  }
  return { runs, steps, findings, reached: [...reached] };
}

/** As the command line takes it. */
function nameOf({ name, planted, injected }: Extract<Job, { kind: 'scenario' }>): string {
  if (planted) return `--scenario ${name} --planted ${planted.site},${planted.nth},${planted.what}`;
  return injected
    ? `--scenario ${name} --injected ${injected.step},${injected.kind}${injected.child === null ? '' : `,${injected.child}`}`
    : `--scenario ${name}`;
}
