/**
 * How much processor time what means harm takes: documents, patterns and expressions that would cost seconds or hours if nobody counted. Each is
 * tried several times and its median told; the exit code is 1 when one takes more than what its kind may.
 */

import { openRegistry } from '../main/open-registry.ts';
import { compileGoal } from '../template/compile.ts';
import { HOSTILE_DOCUMENTS } from '../template/hostile-documents-fixture.ts';
import { ENDLESS_PATTERNS, EVIL_PATTERNS, EVIL_SEARCHES, EVIL_TEXT } from '../template/hostile-patterns-fixture.ts';
import { compilePattern } from '../template/pattern.ts';
import { compileSearch } from '../template/pattern-search.ts';
import { evaluateYaql, readYaql } from '../template/yaql/expression.ts';
import { YaqlError } from '../template/yaql/fault.ts';
import { EXPLODING } from '../template/yaql/hostile-expressions-fixture.ts';

const RUNS = 5;
const TYPES = openRegistry(false);
const PSEUDO = { stackId: 'id', stackName: 'bench', projectId: 'p' };
const SEARCHED = [...EVIL_TEXT].map((char) => char.codePointAt(0)!);
/** What one expression may spend on searches. */
const SEARCH_STEPS = 150_000;

interface Kind {
  readonly name: string;
  /** Milliseconds of processor time that each may take. */
  readonly bar: number;
  readonly attempts: readonly (readonly [name: string, attempt: () => void])[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'documents',
    bar: 100,
    attempts: Object.entries(HOSTILE_DOCUMENTS).map(([name, [text]]) => [name, () => compile(text)]),
  },
  { name: 'patterns', bar: 50, attempts: EVIL_PATTERNS.map((source) => [source, () => match(source)]) },
  { name: 'endless patterns', bar: 50, attempts: ENDLESS_PATTERNS.map((source) => [source, () => compileSearch(source)]) },
  { name: 'searches', bar: 150, attempts: EVIL_SEARCHES.map((source) => [source, () => search(source)]) },
  { name: 'expressions', bar: 250, attempts: EXPLODING.map((source) => [source, () => evaluate(source)]) },
];

function compile(text: string): void {
  const documents = { template: { name: 't', text }, files: {}, environments: [], parameters: {} };
  compileGoal(documents, { catalog: TYPES, pseudo: PSEUDO });
}

function match(source: string): void {
  const pattern = compilePattern(source);
  if (typeof pattern === 'string') throw new Error(pattern);
  upTo(RangeError, () => pattern.matches(EVIL_TEXT));
}

function search(source: string): void {
  const pattern = compileSearch(source);
  if (typeof pattern === 'string') throw new Error(pattern);
  upTo(RangeError, () => pattern.find(SEARCHED, 0, { steps: SEARCH_STEPS }));
}

function evaluate(source: string): void {
  upTo(YaqlError, () => evaluateYaql(readYaql(source), {}));
}

function upTo(limit: new (...args: never[]) => Error, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof limit)) throw error;
  }
}

function medianMs(work: () => void): number {
  const taken = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return taken.sort((a, b) => a - b)[RUNS >> 1]!;
}

function measure({ name, bar, attempts }: Kind): void {
  const measured = attempts.map(([attempt, work]) => ({ attempt, ms: medianMs(work) })).sort((a, b) => b.ms - a.ms);
  console.log(`${name}: ${attempts.length} of them, each to be within ${bar} ms; the most expensive:`);
  for (const { attempt, ms } of measured.slice(0, 3)) console.log(`  ${ms.toFixed(1).padStart(7)} ms  ${attempt.slice(0, 80)}`);
  for (const { attempt, ms } of measured.filter((one) => one.ms > bar)) {
    console.log(`  over the bar: ${attempt.slice(0, 80)}, ${ms.toFixed(1)} ms`);
    process.exitCode = 1;
  }
}

for (const kind of KINDS) measure(kind);
