/** The `outputs` section. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import type { OutputDefinition } from './definition.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { type Path, within } from './path.ts';
import { type Reader, startUsage, type Usage } from './read-values.ts';
import { checkKeys, readText } from './template-sections.ts';

/** An output, before it is known which of those it refers to are secret. */
export interface OutputDraft {
  readonly output: OutputDefinition;
  readonly usage: Usage;
}

export interface OutputSources {
  readonly reader: Reader;
  readonly findings: Findings;
  readonly language: Language;
}

export function readOutputs(section: JsonMap, sources: OutputSources): ReadonlyMap<string, OutputDraft> {
  const outputs = new Map<string, OutputDraft>();
  const path = within(null, sources.language.keys.sections.outputs);
  for (const name of Object.keys(section)) outputs.set(name, readOutput(section[name] ?? null, within(path, name), sources));
  return outputs;
}

function readOutput(body: Json, path: Path, sources: OutputSources): OutputDraft {
  const usage = startUsage();
  const { keys } = sources.language;
  const map: JsonMap = isMap(body) ? body : {};
  checkOutput(body, path, sources);
  const description = readText(map[keys.output.description], within(path, keys.output.description), sources.findings);
  const valueKey = keys.output.value;
  const value = isEnabled(map, path, sources) ? sources.reader.read(map[valueKey] ?? null, within(path, valueKey), usage) : null;
  const secret = usage.sensitive || usage.hiddenParameters.size > 0;
  return { output: { description, value, secret }, usage };
}

function checkOutput(body: Json, path: Path, { findings, language }: OutputSources): void {
  if (!isMap(body)) {
    findings.error('HOT-SECTION', path, `the output "${path.key}" must be a map with a value`);
    return;
  }
  const { description, value, condition } = language.keys.output;
  checkKeys(body, [description, value, condition], 'an output', path, findings, false);
  if (!Object.hasOwn(body, value))
    findings.error('HOT-SECTION', path, `the output "${path.key}" has no ${value}`, { atKey: true });
  if (language.hasConditions || !language.strictKeys || !Object.hasOwn(body, condition)) return;
  findings.error('HOT-KEY-VERSION', within(path, condition), `"${condition}" is there from version 2016-10-14 on`, {
    atKey: true,
  });
}

function isEnabled(map: JsonMap, path: Path, { reader, language }: OutputSources): boolean {
  const key = language.keys.output.condition;
  const condition = map[key] ?? null;
  return condition === null || !language.hasConditions || reader.decide(condition, within(path, key));
}
