/**
 * Environments: parameter values, defaults, the mapping of resource types and the rules for resources, merged in order so that later
 * documents win. Those of the operator (the global environment) come first and give way to the user's.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { type EventSink, noSinks, readEventSinks, type SinkCatalog } from './event-sinks.ts';
import type { Findings } from './findings.ts';
import { isStrategy, mergeValues, type Strategies } from './merge-strategy.ts';
import { didYouMean } from './nearest-name.ts';
import type { ParameterType } from './parameter-schema.ts';
import { type Path, within } from './path.ts';
import { type ResourceRule, readRegistry } from './read-registry.ts';
import type { TypeMapping } from './type-registry.ts';

/** A value and where it was given. */
export interface GivenValue {
  readonly value: Json;
  readonly path: Path;
  readonly findings: Findings;
  /** It is reported already and must not be used. */
  readonly broken?: boolean;
  /** It can't be known yet: the value of a resource that does not exist goes into it. */
  readonly open?: boolean;
}

export interface Environment {
  readonly parameters: Map<string, GivenValue>;
  readonly defaults: Map<string, GivenValue>;
  readonly mappings: TypeMapping[];
  readonly rules: ResourceRule[];
  readonly eventSinks: EventSink[];
  /** Parameters that are to be kept encrypted as if they were hidden. */
  readonly encrypted: Set<string>;
}

export interface EnvironmentDocument {
  readonly name: string;
  readonly value: Json;
  readonly findings: Findings;
  /** The operator's. */
  readonly isGlobal?: boolean;
}

/** The declared type of a parameter; undefined when it is not declared. */
export type TypeOf = (name: string) => ParameterType | undefined;

interface Merging {
  readonly document: EnvironmentDocument;
  readonly environment: Environment;
  readonly strategies: Strategies;
  readonly typeOf: TypeOf;
  readonly sinks: SinkCatalog;
}

type ReadSection = (section: Json, path: Path, on: Merging) => void;

const SECTIONS: ReadonlyMap<string, ReadSection> = new Map<string, ReadSection>([
  ['parameters', readParameters],
  ['parameter_defaults', (section, path, on) => readValues(section, path, on.environment.defaults, on)],
  [
    'resource_registry',
    (section, path, { document, environment }) =>
      readRegistry(section, path, document.name, document.isGlobal === true, environment, document.findings),
  ],
  ['encrypted_param_names', readEncryptedNames],
  [
    'event_sinks',
    (section, path, { document, environment, sinks }) =>
      void environment.eventSinks.push(...readEventSinks(section, path, sinks, document.findings)),
  ],
  ['parameter_merge_strategies', () => undefined],
]);

export function emptyEnvironment(): Environment {
  return { parameters: new Map(), defaults: new Map(), mappings: [], rules: [], eventSinks: [], encrypted: new Set() };
}

/** The documents merged. */
export function readEnvironments(
  documents: readonly EnvironmentDocument[],
  typeOf: TypeOf,
  sinks: SinkCatalog = noSinks,
): Environment {
  const environment = emptyEnvironment();
  const strategies: Map<string, string> = new Map();
  for (const { value, findings } of documents) if (isMap(value)) readStrategies(value, findings, strategies);
  for (const document of documents) readEnvironment({ document, environment, strategies, typeOf, sinks });
  return environment;
}

function readEnvironment(on: Merging): void {
  const { value, findings } = on.document;
  if (value === null) return;
  if (!isMap(value)) {
    findings.error('DOC-NOT-A-MAP', null, 'an environment must be a map of sections');
    return;
  }
  for (const name of Object.keys(value)) readSection(name, value[name] ?? null, on);
}

function readSection(name: string, section: Json, on: Merging): void {
  const path = within(null, name);
  const { findings } = on.document;
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
  read(section, path, on);
}

function readParameters(section: Json, path: Path, on: Merging): void {
  const { findings, isGlobal } = on.document;
  if (isGlobal)
    findings.error('ENV-SECTION', path, 'parameters are those of one template, and this environment is for all of them', {
      hint: 'parameter_defaults are for whichever template has such a parameter',
      atKey: true,
    });
  else readValues(section, path, on.environment.parameters, on);
}

function readValues(section: Json, path: Path, values: Map<string, GivenValue>, on: Merging): void {
  const { findings } = on.document;
  if (!isMap(section)) {
    findings.error('ENV-SECTION', path, `"${path.key}" must be a map of names and values`);
    return;
  }
  for (const name of Object.keys(section)) {
    const value = mergeValues(on.strategies, name, values.get(name)?.value, section[name] ?? null, on.typeOf(name));
    values.set(name, { value, path: within(path, name), findings });
  }
}

function readEncryptedNames(section: Json, path: Path, { document, environment }: Merging): void {
  const names = Array.isArray(section) ? (section as readonly Json[]) : [null];
  for (const name of names) {
    if (typeof name === 'string') environment.encrypted.add(name);
    else document.findings.error('ENV-SECTION', path, 'encrypted_param_names must be a list of names');
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
