/** Many jobs over two worker threads, each answering with what it found; results are gathered in the order of the jobs. */
import { Worker } from 'node:worker_threads';
import type { PlantedFault } from './faults.ts';
import type { Seldom } from './plan.ts';
import type { InjectedRequest } from './scenario-runner.ts';

export type Job =
  | {
      readonly kind: 'walks';
      readonly from: number;
      readonly count: number;
      readonly mutation: string | null;
      readonly stopAtFirst: boolean;
      /** The folder of an older version that works beside the present one. */
      readonly older?: string;
      /** Acts run on a PostgreSQL, a statement at a time. */
      readonly shared?: boolean;
      /** What is to be in every walk. */
      readonly often?: readonly Seldom[];
    }
  | {
      readonly kind: 'scenario';
      readonly name: string;
      readonly planted: PlantedFault | null;
      readonly injected?: InjectedRequest;
    };

export interface Finding {
  readonly seed: number;
  readonly what: string;
  readonly invariant: string;
  readonly message: string;
}

export interface JobResult {
  readonly runs: number;
  readonly steps: number;
  readonly findings: readonly Finding[];
  readonly reached: readonly (readonly [string, number])[];
}

export interface CampaignResult {
  readonly runs: number;
  readonly steps: number;
  readonly findings: readonly Finding[];
  readonly reached: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Of all threads: on a busy machine the honest measure. */
  readonly cpuSeconds: number;
}

export interface CampaignOptions {
  readonly workers?: number;
  readonly stopAtFirst?: boolean;
  /** Told now and then how far it is; violations among it as soon as they are found. */
  readonly onProgress?: (progress: CampaignProgress) => void;
}

export interface CampaignProgress {
  readonly jobs: number;
  readonly ofJobs: number;
  readonly runs: number;
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

const progressEverySeconds = 30;

export async function runCampaign(jobs: readonly Job[], options: CampaignOptions = {}): Promise<CampaignResult> {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const results: JobResult[] = new Array(jobs.length);
  let next = 0;
  let stopped = false;
  const tell = progressTeller(jobs.length, begun, options.onProgress);
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./campaign-worker.ts', import.meta.url));
    while (next < jobs.length && !stopped) {
      const index = next++;
      results[index] = await ask(worker, jobs[index]!);
      tell(results[index]!);
      if (options.stopAtFirst && results[index]!.findings.length > 0) stopped = true;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(options.workers ?? 2, jobs.length) }, work));
  return gather(
    results.filter((result) => result !== undefined),
    (performance.now() - begun) / 1000,
    cpuSecondsSince(cpu),
  );
}

/** At once where something was found, else every half a minute. */
function progressTeller(ofJobs: number, begun: number, onProgress: CampaignOptions['onProgress']): (result: JobResult) => void {
  let [jobs, runs, told] = [0, 0, 0];
  return (result) => {
    jobs++;
    runs += result.runs;
    const seconds = (performance.now() - begun) / 1000;
    if (result.findings.length === 0 && seconds - told < progressEverySeconds) return;
    told = seconds;
    onProgress?.({ jobs, ofJobs, runs, findings: result.findings, seconds });
  };
}

function ask(worker: Worker, job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error);
    worker.once('error', failed);
    worker.once('message', (result: JobResult) => {
      worker.off('error', failed);
      resolve(result);
    });
    worker.postMessage(job);
  });
}

const cpuSecondsSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

function gather(results: readonly JobResult[], seconds: number, cpuSeconds: number): CampaignResult {
  const reached = new Map<string, number>();
  for (const result of results) for (const [what, count] of result.reached) reached.set(what, (reached.get(what) ?? 0) + count);
  return {
    runs: results.reduce((sum, r) => sum + r.runs, 0),
    steps: results.reduce((sum, r) => sum + r.steps, 0),
    findings: results.flatMap((r) => r.findings),
    reached,
    seconds,
    cpuSeconds,
  };
}

/** Seeds in chunks small enough that both workers end together. */
export function walkJobs(
  from: number,
  seeds: number,
  more: { readonly older?: string; readonly often?: readonly Seldom[]; readonly shared?: boolean } = {},
): Job[] {
  const chunk = 50;
  const jobs: Job[] = [];
  for (let at = from; at < from + seeds; at += chunk)
    jobs.push({
      kind: 'walks',
      from: at,
      count: Math.min(chunk, from + seeds - at),
      mutation: null,
      stopAtFirst: false,
      ...more,
    });
  return jobs;
}
