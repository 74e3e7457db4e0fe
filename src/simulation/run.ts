/** The simulator's command line; command-line.ts says what it takes. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer, noServer } from '../store/fixtures/postgres-server.ts';
import { migrations } from '../store/migrate.ts';
import { HOOKS } from '../template/resource-rules.ts';
import { type CampaignProgress, type CampaignResult, type Job, runCampaign, walkJobs } from './campaign.ts';
import { type Asked, readCommandLine } from './command-line.ts';
import { searchAll, smallCases } from './exhaustive.ts';
import type { PlantedFault } from './faults.ts';
import { catchMutations, printTable } from './mutation-table.ts';
import { findVersionBefore, loadOlderVersion, takeOutVersion } from './older-version.ts';
import { drawPlan, everyKind, type Seldom } from './plan.ts';
import { readRegression, writeRegression } from './regression.ts';
import { type InjectedRequest, runScenario } from './scenario-runner.ts';
import { findScenario, scenarios } from './scenarios.ts';
import { openSharedServer } from './shared/shared-server.ts';
import { describePlan, type Shrunk, shrinkPlan } from './shrink.ts';
import { collectTrace, type Trace } from './trace.ts';
import { cameWith } from './versions.ts';
import { headOf } from './violation.ts';
import { type RunResult, runWalk } from './walk.ts';

const asked = readCommandLine(process.argv.slice(2));
const has = (name: keyof Asked): boolean => asked[name] !== undefined;
const often = (): readonly Seldom[] => asked.often ?? [];

/** A campaign of a thousand seeds that misses one of these has not looked. */
const rareBranches = [
  'limit full',
  'all calls taken',
  'priority changed',
  'process died',
  'machine died',
  'machine waited for',
  'process paused',
  'operation taken over',
  'late effect',
  'effect on the wire',
  'provider refused',
  'engine lost its database',
  'person settled unknown',
  'hung call',
  'deaf call',
  'stale claim',
  'half',
  'replaceMe',
  'staleLook',
  'lingeringDelete',
  'two engines with one id',
  'object changed by others',
  'object deleted by others',
  'name taken by others',
  'checked and well',
  'hook cleared too late',
  ...HOOKS.map((hook) => `hook ${hook}`),
  ...everyKind.map((kind) => `accepted ${kind}`),
  'imported',
  ...['event', 'goal', 'traversal', 'stack'].map((what) => `${what} purged`),
  'event given up',
  'event sent twice',
  'sink taken over',
  'courier died',
  'time without effects',
  'object broken by others',
  'another object after an update',
  'lookHangs',
  'key renewed',
  'settings removed',
  'spent key refused',
  'state migrated',
  'restricted',
  ...['create', 'update', 'suspend'].map((way) => `to be replaced, says ${way}`),
];

/** The same of walks with nested stacks. */
const nestedBranches = [
  'refused NESTED',
  'stack two levels deep',
  'nested stack of nothing',
  'nested stack converged',
  'nested stack passed the barrier',
  'nested stack retargeted',
  'converged nested stack retargeted',
  'nested stack rolled back',
  'nested stack failed',
  'nested stack deleted',
  'nested stack became a root',
  'resource became a stack',
  'stack became a plain resource',
  'stack was replaced',
  ...['unhealthy', 'replace', 'suspend', 'resume', 'check', 'carry'].map((kind) => `accepted ${kind} of a nested stack`),
];

/** True when no promise was broken. */
async function main(): Promise<boolean> {
  if (has('versions')) return runVersions();
  if (has('interleaved')) return runInterleaved();
  if (has('seed')) return runSeed(asked.seed ?? 1);
  if (has('shrink')) return shrink(asked.shrink ?? 1);
  if (has('scenario')) return showRun(await traced((trace) => runNamed(asked.scenario ?? '', trace)));
  if (has('scenarios'))
    return showCampaign(
      await runCampaign(
        chosenScenarios().map((s): Job => ({ kind: 'scenario', name: s.name, planted: null })),
        { onProgress },
      ),
      [],
    );
  if (has('crashPoints')) return showCampaign(await runCampaign(await crashPoints(asked.every ?? 1), { onProgress }), []);
  if (has('everyStep')) return showCampaign(await runCampaign(await everyStep(asked.every ?? 1), { onProgress }), []);
  if (has('exhaustive')) return searchSmall();
  if (has('mutations')) return showMutations();
  const result = await runCampaign(walkJobs(asked.from ?? 1, asked.seeds ?? 1_000, { often: often() }), { onProgress });
  const well = showCampaign(result, [...rareBranches, ...nestedBranches]);
  if (result.findings.length > 0) await shrink(result.findings[0]!.seed);
  return well;
}

const seedOption = (seed: number): string => `--seed ${seed}${has('often') ? ` --often ${often().join(',')}` : ''}`;

/** On the error stream, so that the result stays the last line of the other one. */
function onProgress({ jobs, ofJobs, runs, findings, seconds }: CampaignProgress): void {
  const left = Math.round((seconds / jobs) * (ofJobs - jobs));
  console.error(`${runs} runs, ${Math.round(seconds)} s, about ${left} s left`);
  for (const { seed, what, invariant, message } of findings)
    console.error(`${what === '' ? seedOption(seed) : what} breaks ${invariant}: ${message.slice(0, 200)}`);
}

/** What an older version must know for a walk to get there; beside one, all are on one machine. */
function schemaOf(branch: string): number {
  if (branch === 'machine waited for') return Number.POSITIVE_INFINITY;
  if (branch === 'limit full' || branch === 'priority changed') return cameWith.limits;
  return branch.startsWith('hook ') ? cameWith.hooks : 0;
}

/** I-28. */
async function runVersions(): Promise<boolean> {
  const revision = typeof asked.versions === 'string' ? asked.versions : findVersionBefore();
  const folder = takeOutVersion(revision);
  const older = await loadOlderVersion(folder);
  console.log(`version ${revision} (schema ${older.schema}) beside this one (schema ${migrations.length})`);
  if (has('seed'))
    return showRun(await traced((trace) => runWalk(drawPlan(asked.seed ?? 1, { twoVersions: true }), { trace, older })));
  return showCampaign(await runCampaign(walkJobs(asked.from ?? 1, asked.seeds ?? 1_000, { older: folder }), { onProgress }), [
    ...rareBranches.filter((branch) => older.schema >= schemaOf(branch)),
    'database migrated',
    'engine of the older version',
  ]);
}

/** On a PostgreSQL that the workers share. */
async function runInterleaved(): Promise<boolean> {
  const server = await findServer();
  if (server === null) throw new Error(noServer);
  process.env['SETPOINT_TEST_POSTGRES'] ??= server.url;
  try {
    if (has('mutations')) return await showMutations(true);
    if (has('seed') || has('shrink')) return await runInterleavedSeed(asked.seed ?? asked.shrink ?? 1);
    const jobs = walkJobs(asked.from ?? 1, asked.seeds ?? 1_000, { often: often(), shared: true });
    return showCampaign(await runCampaign(jobs, { onProgress }), ['waited for a lock', 'transaction cut off by the server']);
  } finally {
    await server.stop();
  }
}

async function runInterleavedSeed(seed: number): Promise<boolean> {
  const shared = await openSharedServer();
  const plan = drawPlan(seed, { often: often() });
  try {
    if (has('shrink')) return await showShrunk(seed, await shrinkPlan(plan, { shared }));
    return showRun(await traced((trace) => runWalk(plan, { trace, shared })));
  } finally {
    await shared.close();
  }
}

/** A walk that breaks a promise is made small at once, unless its trace is wanted. */
async function runSeed(seed: number): Promise<boolean> {
  const well = showRun(await traced((trace) => runWalk(drawPlan(seed, { often: often() }), { trace })));
  return well || (has('trace') ? false : shrink(seed));
}

function runNamed(name: string, trace: Trace | null): Promise<RunResult> {
  if (name.endsWith('.json')) return runWalk(readRegression(name).plan, { trace });
  return runScenario(findScenario(name), { trace, planted: planted(), injected: injected() });
}

/** Prints the smallest walk, and writes it as a scenario file. */
async function shrink(seed: number): Promise<boolean> {
  return showShrunk(seed, await shrinkPlan(drawPlan(seed, { often: often() })));
}

function showShrunk(seed: number, shrunk: Shrunk | null): boolean {
  if (shrunk === null) {
    console.log(`seed ${seed} breaks nothing`);
    return true;
  }
  const name = `seed-${seed}-${shrunk.invariant.toLowerCase()}`;
  const path = asked.write ?? join(tmpdir(), `setpoint-${name}.json`);
  writeRegression(path, { name, about: `${shrunk.invariant}: ${headOf(shrunk.message)}`, plan: shrunk.plan });
  console.log(
    `the smallest of ${shrunk.tries} tries breaks ${shrunk.invariant}: ${shrunk.message}\n${describePlan(shrunk.plan)}\nreplay it: npm run simulate -- --scenario ${path} --trace\nkeep it: src/simulation/regressions/${name}.json`,
  );
  return false;
}

async function showMutations(shared = false): Promise<boolean> {
  const caught = await catchMutations(asked.within ?? 1_000, asked.only, shared);
  console.log(printTable(caught));
  const missed = caught.filter((c) => c.seeds === null);
  console.log(`${caught.length - missed.length} of ${caught.length} caught`);
  return missed.length === 0;
}

function planted(): PlantedFault | null {
  const text = asked.planted?.split(',');
  return text ? { site: text[0] as PlantedFault['site'], nth: Number(text[1]), what: text[2] as PlantedFault['what'] } : null;
}

/** Every schedule of every small case with at most so many preemptions. */
async function searchSmall(): Promise<boolean> {
  let well = true;
  for (const one of smallCases) {
    const begun = process.cpuUsage();
    const result = await searchAll(one, asked.preemptions ?? 3, asked.runs ?? 1_000_000);
    const { user, system } = process.cpuUsage(begun);
    const end = result.violation
      ? `${result.violation.message} after ${JSON.stringify(result.violation.preemptions)}`
      : result.complete
        ? 'all explored'
        : 'stopped by --runs';
    console.log(
      `${result.name}: ${result.runs} schedules, ${result.states} states, ${((user + system) / 1e6).toFixed(0)} CPU s: ${end}`,
    );
    well &&= result.violation === null;
  }
  return well;
}

function injected(): InjectedRequest | null {
  const text = asked.injected?.split(',');
  if (text === undefined) return null;
  const child = text[2] === undefined ? null : Number(text[2]);
  return { step: Number(text[0]), kind: text[1] as InjectedRequest['kind'], child };
}

/** All of them, or those whose names begin with what is asked for. */
const chosenScenarios = () => scenarios.filter(({ name }) => name.startsWith(asked.only ?? ''));

/** Every request that a user can make, between any two steps of every scenario; of the stack, and of one that is nested in it. */
async function everyStep(every: number): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const { name } of chosenScenarios()) {
    const { steps, reached } = await runScenario(findScenario(name));
    const places = reached.has('nested stack converged') ? [null, 0] : [null];
    for (let step = 0; step < steps; step++)
      for (const kind of everyKind)
        for (const child of places) jobs.push({ kind: 'scenario', name, planted: null, injected: { step, kind, child } });
  }
  return jobs.filter((_, i) => i % every === 0);
}

async function traced(run: (trace: ReturnType<typeof collectTrace> | null) => Promise<RunResult>): Promise<RunResult> {
  const trace = has('trace') ? collectTrace() : null;
  const result = await run(trace);
  if (trace) console.log(trace.lines.join('\n'));
  return result;
}

function showRun(result: RunResult): boolean {
  console.log(
    `${result.steps} steps, ${result.requests} requests accepted; ${[...result.reached].map(([what, count]) => `${what} ${count}`).join(', ')}`,
  );
  for (const violation of result.violations)
    console.log(`${violation.invariant} at step ${violation.step}: ${violation.message}`);
  return result.violations.length === 0;
}

const plantedFaults = ['before', 'after', 'answer lost', 'zombie'] as const;

/** Every await point of every scenario × what may happen there. */
async function crashPoints(every: number): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const { name } of chosenScenarios()) {
    const { counts } = await runScenario(findScenario(name));
    for (const site of ['store', 'effect'] as const) {
      for (let nth = 0; nth < counts[site]; nth++) {
        for (const what of [...plantedFaults, site === 'store' ? ('all die' as const) : ('late' as const)])
          jobs.push({ kind: 'scenario', name, planted: { site, nth, what } });
      }
    }
  }
  return jobs.filter((_, i) => i % every === 0);
}

function showCampaign(result: CampaignResult, mustReach: readonly string[]): boolean {
  const groups = Map.groupBy(result.findings, (f) => `${f.invariant} ${f.message.replace(/\d+/g, 'N').slice(0, 160)}`);
  for (const [key, found] of [...groups].sort(([, x], [, y]) => y.length - x.length))
    console.log(
      `${found.length} × ${key}\n    ${found
        .slice(0, 8)
        .map((f) => (f.what === '' ? seedOption(f.seed) : f.what))
        .join('; ')}`,
    );
  if (mustReach.length > 0)
    console.log(
      [...result.reached]
        .sort(([x], [y]) => (x < y ? -1 : 1))
        .map(([what, count]) => `${what} ${count}`)
        .join(', '),
    );
  console.log(
    `${result.runs} runs in ${result.seconds.toFixed(1)} s, ${(result.runs / result.seconds).toFixed(1)} runs/s (${(result.runs / result.cpuSeconds).toFixed(1)} per CPU second), ${Math.round(result.steps / Math.max(1, result.runs))} steps each, ${result.findings.length} violations`,
  );
  const missed = result.runs >= 1_000 ? mustReach.filter((what) => !result.reached.has(what)) : [];
  if (missed.length > 0) console.log(`never reached: ${missed.join(', ')}`);
  return result.findings.length === 0 && missed.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
