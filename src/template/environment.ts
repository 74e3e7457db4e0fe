/**
 * Environments: parameter values, defaults and the mapping of resource types, merged in order so that later documents win.
 *
 * What a section asks for and this program does not do yet is an error where ignoring it would change what happens, else a warning.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { isStrategy, mergeValues, type Strategies } from './merge-strategy.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import { readRegistry, type TypeMapping } from './type-registry.ts';

/** A value and where it was given. */
export interface GivenValue {
  readonly value: Json;
  readonly path: Path;
  readonly findings: Findings;
  /** It is reported already and must not be used. */
  readonly broken?: boolean;
}

export interface Environment {
  readonly parameters: Map<string, GivenValue>;
  readonly defaults: Map<string, GivenValue>;
  readonly mappings: TypeMapping[];
}

export interface EnvironmentDocument {
  readonly value: Json;
  readonly findings: Findings;
}

type ReadSection = (section: Json, path: Path, findings: Findings, environment: Environment, strategies: Strategies) => void;

const SECTIONS: ReadonlyMap<string, ReadSection> = new Map<string, ReadSection>([
  [
    'parameters',
    (section, path, findings, environment, strategies) => readValues(section, path, findings, environment.parameters, strategies),
  ],
  [
    'parameter_defaults',
    (section, path, findings, environment, strategies) => readValues(section, path, findings, environment.defaults, strategies),
  ],
  [
    'resource_registry',
    (section, path, findings, environment) => environment.mappings.push(...readRegistry(section, path, findings)),
  ],
  ['encrypted_param_names', () => undefined],
  [
    'event_sinks',
    (_, path, findings) => findings.warning('ENV-UNSUPPORTED', path, 'event sinks are not supported yet and are passed over'),
  ],
  ['parameter_merge_strategies', () => undefined],
]);

/** The documents merged. */
export function readEnvironments(documents: readonly EnvironmentDocument[]): Environment {
  const environment: Environment = { parameters: new Map(), defaults: new Map(), mappings: [] };
  const strategies: Map<string, string> = new Map();
  for (const { value, findings } of documents) if (isMap(value)) readStrategies(value, findings, strategies);
  for (const { value, findings } of documents) readEnvironment(value, findings, environment, strategies);
  return environment;
}

function readEnvironment(value: Json, findings: Findings, environment: Environment, strategies: Strategies): void {
  if (value === null) return;
  if (!isMap(value)) {
    findings.error('DOC-NOT-A-MAP', null, 'an environment must be a map of sections');
    return;
  }
  for (const name of Object.keys(value)) readSection(name, value[name] ?? null, findings, environment, strategies);
}

function readSection(name: string, section: Json, findings: Findings, environment: Environment, strategies: Strategies): void {
  const path = within(null, name);
  const read = SECTIONS.get(name);
  if (read === undefined) {
    const hint = didYouMean(name, SECTIONS.keys());
    findings.error('ENV-SECTION-UNKNOWN', path, `an environment has no section "${name}"`, { hint, atKey: true });
    return;
  }
  if (section === null) {
    findings.error('ENV-SECTION', path, `the section "${name}" is empty`, { hint: 'leave it out, or write {}' });
    return;
  }
  read(section, path, findings, environment, strategies);
}

function readValues(
  section: Json,
  path: Path,
  findings: Findings,
  values: Map<string, GivenValue>,
  strategies: Strategies,
): void {
  if (!isMap(section)) {
    findings.error('ENV-SECTION', path, `"${path.key}" must be a map of names and values`);
    return;
  }
  for (const name of Object.keys(section)) {
    const value = mergeValues(strategies, name, values.get(name)?.value, section[name] ?? null);
    values.set(name, { value, path: within(path, name), findings });
  }
}

function readStrategies(document: JsonMap, findings: Findings, strategies: Map<string, string>): void {
  const section = document['parameter_merge_strategies'];
  if (section === undefined || section === null) return;
  const path = within(null, 'parameter_merge_strategies');
  if (!isMap(section)) {
    findings.error('ENV-SECTION', path, 'parameter_merge_strategies must be a map of names and strategies');
    return;
  }
  for (const [name, strategy] of Object.entries(section)) readStrategy(name, strategy, within(path, name), findings, strategies);
}

function readStrategy(name: string, strategy: Json, path: Path, findings: Findings, strategies: Map<string, string>): void {
  const before = strategies.get(name);
  if (!isStrategy(strategy)) findings.error('ENV-SECTION', path, 'a merge strategy is one of overwrite, merge, deep_merge');
  else if (before !== undefined && before !== strategy)
    findings.error('ENV-SECTION', path, `another environment says "${before}" for "${name}"`);
  else strategies.set(name, strategy);
}
