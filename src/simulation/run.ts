/** The simulator's command line. */
import { drawPlan } from './plan.ts';
import { collectTrace } from './trace.ts';
import { runWalk } from './walk.ts';

const args = process.argv.slice(2);
const option = (name: string): string | undefined => { const i = args.indexOf(`--${name}`); return i < 0 ? undefined : args[i + 1]; };
if (option('seed')) {
  const trace = collectTrace();
  const result = await runWalk(drawPlan(Number(option('seed'))), { trace });
  if (args.includes('--trace')) console.log(trace.lines.join('\n'));
  console.log(result);
} else {
  const t = performance.now();
  const from = Number(option('from') ?? 1), n = Number(option('seeds') ?? 100);
  let steps = 0; const seen = new Map<string, number[]>();
  for (let s = from; s < from + n; s++) {
    const r = await runWalk(drawPlan(s));
    steps += r.steps;
    for (const v of r.violations.slice(0, 1)) { const key = `${v.invariant} ${v.message.replace(/\d+/g, 'N').slice(0, 150)}`; const l = seen.get(key) ?? []; l.push(s); seen.set(key, l); }
  }
  const sec = (performance.now() - t) / 1000;
  for (const [k, l] of [...seen].sort((a, b) => b[1].length - a[1].length)) console.log(l.length, k, l.slice(0, 6).join());
  console.log(`${n} runs ${(n / sec).toFixed(1)}/s steps/run ${(steps / n).toFixed(0)}`);
}
