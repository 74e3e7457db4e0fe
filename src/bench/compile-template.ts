/**
 * How much processor time it takes to read a template and turn it into definitions with their digests: JSON and YAML, 10,000 and 100,000
 * resources of about 100 characters each. The first run is told apart, since a command line has no second one; the last ones are those of an engine.
 *
 * Beside it stands what the machine needs at that moment for a piece of work that never changes, so that figures taken on a busy machine
 * can be compared.
 */
import { randomBytes } from 'node:crypto';
import { openRegistry } from '../main/open-registry.ts';
import { compileGoal } from '../template/compile.ts';
import { definitionSha } from '../template/definition-sha.ts';

const TYPES = openRegistry(false);
const PSEUDO = { stackId: 'id', stackName: 'bench', projectId: 'p' };
const KEY = randomBytes(32);
const RUNS = 25;
/** Of the later runs so many are those of a process that has long been at work. */
const LAST = 10;

/** Half of the values are parameters; every second resource refers to the one before it. */
function resourceOf(i: number): { readonly type: string; readonly properties: { readonly [name: string]: unknown } } {
  const value = i % 2 === 0 ? `text ${i}` : { get_param: 'p' };
  return {
    type: 'OS::Heat::Value',
    properties: { value: i % 2 === 0 || i < 2 ? value : [value, { get_attr: [`r${i - 1}`, 'value'] }] },
  };
}

function jsonOf(count: number): string {
  const resources = Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, resourceOf(i)]));
  const parameters = { p: { type: 'string', default: 'x' } };
  return JSON.stringify({ heat_template_version: '2021-04-16', parameters, resources });
}

function yamlOf(count: number): string {
  const resources = Array.from({ length: count }, (_, i) => {
    const { type, properties } = resourceOf(i);
    const value = typeof properties['value'] === 'string' ? properties['value'] : flow(properties['value']);
    return `  r${i}:\n    type: ${type}\n    properties:\n      value: ${value}\n`;
  });
  return `heat_template_version: 2021-04-16\nparameters:\n  p: {type: string, default: x}\nresources:\n${resources.join('')}`;
}

function flow(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', '').replaceAll(':', ': ').replaceAll(',', ', ');
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function compile(text: string): void {
  const documents = { template: { name: 't', text }, files: {}, environments: [], parameters: {} };
  const compiled = compileGoal(documents, { catalog: TYPES, pseudo: PSEUDO });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics[0]));
  for (const definition of compiled.goal.definitions.values()) definitionSha(definition, KEY);
}

const REFERENCE = jsonOf(10_000);

/** Parsing and writing the JSON of 10,000 resources four times. */
function reference(): void {
  for (let i = 0; i < 4; i++) JSON.stringify(JSON.parse(REFERENCE));
}

function measure(name: string, text: string): void {
  const first = cpuMs(() => compile(text));
  const later = Array.from({ length: RUNS }, () => cpuMs(() => compile(text)));
  const settled = later.slice(-LAST).sort((a, b) => a - b)[LAST / 2]!;
  const beside = Math.min(...Array.from({ length: 5 }, () => cpuMs(reference)));
  const size = `${(text.length / 1e6).toFixed(2)} MB`;
  console.log(
    `${name}, ${size}: first ${first.toFixed(0)} ms, best of ${RUNS} ${Math.min(...later).toFixed(0)} ms, median of the last ${LAST} ${settled.toFixed(0)} ms (reference ${beside.toFixed(0)} ms)`,
  );
}

const wanted = process.argv.slice(2);
for (const count of [10_000, 100_000]) {
  if (wanted.length > 0 && !wanted.includes(String(count))) continue;
  measure(`JSON, ${count} resources`, jsonOf(count));
  measure(`YAML, ${count} resources`, yamlOf(count));
}
