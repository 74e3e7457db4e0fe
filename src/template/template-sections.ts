/** The sections of a template: its language, its keys, and the shape each section must have. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { AWS_KEY, CFN_LANGUAGES, HEAT_KEY } from './cfn-language.ts';
import type { Findings } from './findings.ts';
import { findLanguage, type Language, VERSIONS } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import { CFN_KEYS } from './template-keys.ts';

export interface TemplateSections {
  readonly language: Language;
  readonly description: string;
  readonly parameters: Json;
  readonly groups: Json;
  readonly conditions: ReadonlyMap<string, Json>;
  readonly mappings: JsonMap;
  readonly resources: JsonMap;
  readonly outputs: JsonMap;
}

const HOT_KEY = 'heat_template_version';
const VERSION_KEYS: readonly string[] = [HOT_KEY, AWS_KEY, HEAT_KEY];
const NEWEST = findLanguage(VERSIONS.at(-1)!.version)!;
const VERSION_HINT = `one of ${VERSIONS.map(({ version, alias }) => (alias === null ? version : `${version} (${alias})`)).join(', ')}`;

/** undefined when the document is no template that can be read on. A wrong version is taken for the newest, to find what else is wrong. */
export function readSections(document: Json, findings: Findings): TemplateSections | undefined {
  if (document === null) return refuse(findings, 'DOC-EMPTY', 'the template is empty');
  if (!isMap(document)) return refuse(findings, 'DOC-NOT-A-MAP', 'a template must be a map of sections');
  const language = readLanguage(document, findings);
  checkSectionKeys(document, language, findings);
  const { sections } = language.keys;
  return {
    language,
    description: readText(document[sections.description], within(null, sections.description), findings),
    parameters: document[sections.parameters] ?? null,
    groups: sections.parameterGroups === null ? null : (document[sections.parameterGroups] ?? null),
    conditions: new Map(language.hasConditions ? Object.entries(readConditions(document, sections.conditions, findings)) : []),
    mappings: sections.mappings === null ? {} : readMap(document, sections.mappings, findings),
    resources: readMap(document, sections.resources, findings),
    outputs: readMap(document, sections.outputs, findings),
  };
}

function refuse(findings: Findings, code: 'DOC-EMPTY' | 'DOC-NOT-A-MAP', message: string): undefined {
  findings.error(code, null, message);
  return undefined;
}

function readLanguage(document: JsonMap, findings: Findings): Language {
  const [key = HOT_KEY, second] = VERSION_KEYS.filter((one) => Object.hasOwn(document, one));
  if (second !== undefined) {
    const message = `a template says one version: "${key}" or "${second}"`;
    findings.error('HOT-VERSION-UNKNOWN', within(null, second), message, { atKey: true });
  }
  const cfn = CFN_LANGUAGES.get(key);
  return cfn === undefined ? readHotVersion(document, findings) : checkCfnVersion(document[key] ?? null, key, cfn, findings);
}

function checkCfnVersion(version: Json, key: string, language: Language, findings: Findings): Language {
  if (version !== language.version) {
    const hint = `write ${key}: '${language.version}'`;
    findings.error('HOT-VERSION-UNKNOWN', within(null, key), `${JSON.stringify(version)} is not a version of it`, { hint });
  }
  return language;
}

function readHotVersion(document: JsonMap, findings: Findings): Language {
  const version = document[HOT_KEY];
  if (version === undefined) return withoutVersion(document, findings);
  const found = typeof version === 'string' ? findLanguage(version) : undefined;
  if (found !== undefined) return found;
  findings.error('HOT-VERSION-UNKNOWN', within(null, HOT_KEY), `${JSON.stringify(version)} is not a version`, {
    hint: VERSION_HINT,
  });
  return NEWEST;
}

/** The language is told by how the sections are written, so that not every one of them is called unknown. */
function withoutVersion(document: JsonMap, findings: Findings): Language {
  const { sections } = CFN_KEYS;
  const isCfn = [sections.resources, sections.parameters, sections.outputs].some((key) => Object.hasOwn(document, key));
  const misspelt = misspeltVersion(document);
  const missing = isCfn ? `${HEAT_KEY} or ${AWS_KEY}` : HOT_KEY;
  const guess = didYouMean(misspelt ?? '', isCfn ? CFN_LANGUAGES.keys() : VERSION_KEYS);
  const hint = isCfn ? `write ${HEAT_KEY}: '${CFN_LANGUAGES.get(HEAT_KEY)!.version}'` : VERSION_HINT;
  findings.error(
    'HOT-VERSION-MISSING',
    misspelt === undefined ? null : within(null, misspelt),
    `the template has no ${missing}`,
    {
      hint: guess === undefined ? hint : `there is "${misspelt}": ${guess}`,
      atKey: true,
    },
  );
  return isCfn ? CFN_LANGUAGES.get(AWS_KEY)! : NEWEST;
}

/** The section that was meant to say the version, where none does. */
function misspeltVersion(document: JsonMap): string | undefined {
  const keys = Object.keys(document);
  return keys.some((key) => VERSION_KEYS.includes(key))
    ? undefined
    : keys.find((key) => didYouMean(key, VERSION_KEYS) !== undefined);
}

function checkSectionKeys(document: JsonMap, language: Language, findings: Findings): void {
  const { conditions, ...others } = language.keys.sections;
  const known = Object.values(others).filter((key) => key !== null);
  const misspelt = misspeltVersion(document);
  for (const key of Object.keys(document)) {
    if (VERSION_KEYS.includes(key) || known.includes(key) || key === misspelt) continue;
    if (key === conditions) checkConditionsKey(key, language, findings);
    else reportSection(key, [...known, conditions], findings);
  }
}

function checkConditionsKey(key: string, { hasConditions, strictKeys }: Language, findings: Findings): void {
  if (hasConditions) return;
  const since = strictKeys ? 'from version 2016-10-14 on' : `with ${AWS_KEY}`;
  findings.error('HOT-KEY-VERSION', within(null, key), `"${key}" are there ${since}`, { atKey: true });
}

function reportSection(key: string, known: readonly string[], findings: Findings): void {
  const hint = didYouMean(key, known) ?? (key.startsWith('x-') ? undefined : `the sections are ${known.join(', ')}`);
  findings.error('HOT-KEY-UNKNOWN', within(null, key), `a template has no section "${key}"`, { hint, atKey: true });
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
  if (typeof value === 'object') findings.warning('HOT-SECTION', path, `"${path.key}" should be a string`);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The one section that may not be empty: Heat refuses it. */
function readConditions(document: JsonMap, name: string, findings: Findings): JsonMap {
  if (document[name] === null) {
    const hint = 'leave the section out';
    findings.error('HOT-SECTION', within(null, name), `"${name}" must be a map`, { hint, atKey: true });
  }
  return readMap(document, name, findings);
}

/** Reports every key that does not belong to `what`: an error, or a warning where the language passes them over. */
export function checkKeys(
  map: JsonMap,
  allowed: readonly string[],
  what: string,
  path: Path,
  findings: Findings,
  strict = true,
): void {
  for (const key in map) {
    if (allowed.includes(key)) continue;
    const options = { hint: didYouMean(key, allowed), atKey: true };
    if (strict) findings.error('HOT-KEY-UNKNOWN', within(path, key), `${what} has no key "${key}"`, options);
    else findings.warning('HOT-KEY-UNKNOWN', within(path, key), `${what} has no key "${key}"; it is passed over`, options);
  }
}
