/** The sections of a template: its version, its keys, and the shape each section must have. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { findLanguage, type Language, VERSIONS } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';

export interface TemplateSections {
  readonly language: Language;
  readonly description: string;
  readonly parameters: Json;
  readonly groups: Json;
  readonly conditions: ReadonlyMap<string, Json>;
  readonly resources: JsonMap;
  readonly outputs: JsonMap;
}

const KEYS: readonly string[] = [
  'heat_template_version',
  'description',
  'parameter_groups',
  'parameters',
  'resources',
  'outputs',
  'conditions',
];

/** undefined when the document is no template that can be read on. A wrong version is taken for the newest, to find what else is wrong. */
export function readSections(document: Json, findings: Findings): TemplateSections | undefined {
  if (document === null) return refuse(findings, 'DOC-EMPTY', 'the template is empty');
  if (!isMap(document)) return refuse(findings, 'DOC-NOT-A-MAP', 'a template must be a map of sections');
  const language = readVersion(document, findings);
  for (const key of Object.keys(document)) checkKey(key, language, findings);
  return {
    language,
    description: readText(document['description'], within(null, 'description'), findings),
    parameters: document['parameters'] ?? null,
    groups: document['parameter_groups'] ?? null,
    conditions: new Map(Object.entries(readMap(document, 'conditions', findings))),
    resources: readMap(document, 'resources', findings),
    outputs: readMap(document, 'outputs', findings),
  };
}

function refuse(findings: Findings, code: 'DOC-EMPTY' | 'DOC-NOT-A-MAP', message: string): undefined {
  findings.error(code, null, message);
  return undefined;
}

function readVersion(document: JsonMap, findings: Findings): Language {
  const newest = findLanguage(VERSIONS.at(-1)!.version)!;
  const version = document['heat_template_version'];
  const found = typeof version === 'string' ? findLanguage(version) : undefined;
  if (found !== undefined) return found;
  if (version === undefined) reportNoVersion(document, findings);
  else
    findings.error('HOT-VERSION-UNKNOWN', within(null, 'heat_template_version'), `${JSON.stringify(version)} is not a version`, {
      hint: versionHint(),
    });
  return newest;
}

function reportNoVersion(document: JsonMap, findings: Findings): void {
  const cfn = ['AWSTemplateFormatVersion', 'HeatTemplateFormatVersion'].find((key) => Object.hasOwn(document, key));
  if (cfn === undefined)
    findings.error('HOT-VERSION-MISSING', null, 'the template has no heat_template_version', { hint: versionHint() });
  else findings.error('HOT-VERSION-UNKNOWN', within(null, cfn), 'CloudFormation templates are not supported yet');
}

function versionHint(): string {
  return `one of ${VERSIONS.map(({ version, alias }) => (alias === null ? version : `${version} (${alias})`)).join(', ')}`;
}

function checkKey(key: string, language: Language, findings: Findings): void {
  const path = within(null, key);
  if (/^(?:AWS|Heat)TemplateFormatVersion$/.test(key)) return;
  if (!KEYS.includes(key))
    findings.error('HOT-KEY-UNKNOWN', path, `a template has no section "${key}"`, { hint: didYouMean(key, KEYS), atKey: true });
  if (key !== 'conditions' || language.hasConditions) return;
  findings.error('HOT-KEY-VERSION', path, '"conditions" are there from version 2016-10-14 on', { atKey: true });
}

function readMap(document: JsonMap, name: string, findings: Findings): JsonMap {
  const section = document[name] ?? null;
  if (section === null) return {};
  if (isMap(section)) return section;
  findings.error('HOT-SECTION', within(null, name), `"${name}" must be a map`);
  return {};
}

/** '' for none. */
export function readText(value: Json | undefined, path: Path, findings: Findings): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') findings.error('HOT-SECTION', path, `"${path.key}" must be a string`);
  return typeof value === 'object' ? '' : String(value);
}

/** Reports every key that does not belong to `what`. */
export function checkKeys(map: JsonMap, allowed: readonly string[], what: string, path: Path, findings: Findings): void {
  for (const key of Object.keys(map)) {
    if (allowed.includes(key)) continue;
    findings.error('HOT-KEY-UNKNOWN', within(path, key), `${what} has no key "${key}"`, {
      hint: didYouMean(key, allowed),
      atKey: true,
    });
  }
}
