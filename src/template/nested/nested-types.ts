/** Finds the templates that stand behind types: each is parsed and looked at once, however often it is used. */
import type { GivenValue } from '../environment.ts';
import type { Findings } from '../findings.ts';
import { didYouMean } from '../nearest-name.ts';
import type { ParsedDocument } from '../parse-document.ts';
import type { Path } from '../path.ts';
import type { TypeCatalog, TypeSchema } from '../property-schema.ts';
import type { TypeMapping } from '../type-registry.ts';
import { checkFacade } from './check-facade.ts';
import { type Files, findFileKey } from './file-names.ts';
import { nestedTypeSchema } from './nested-type.ts';

/** The template behind a type. */
export interface NestedSource {
  readonly file: string;
  /** The mapping that led there; null when the type is the template's name. */
  readonly mapping: TypeMapping | null;
}

export interface NestedType {
  readonly source: NestedSource;
  /** undefined when the template can't be read; that is reported with the template. */
  readonly type: TypeSchema | undefined;
}

export interface NestedTypes {
  /** undefined, and reported, when the template was not given. `path` is where the type's name `written` stands. */
  find(template: string, mapping: TypeMapping | null, path: Path, written: string): NestedType | undefined;
}

export interface NestedTypeSources {
  /** The name of the template that uses the types. */
  readonly namer: string;
  readonly files: Files;
  readonly catalog: TypeCatalog;
  readonly defaults: ReadonlyMap<string, GivenValue>;
  readonly parse: (file: string) => ParsedDocument;
  readonly findings: Findings;
}

export function makeNestedTypes(sources: NestedTypeSources): NestedTypes {
  const known = new Map<string, TypeSchema | undefined>();
  return {
    find(template, mapping, path, written) {
      const file = findFileKey(sources.files, mapping?.namer ?? sources.namer, template);
      if (file === undefined) return reportMissing(template, mapping, path, written, sources);
      const key = `${written}\n${file}`;
      if (!known.has(key)) known.set(key, readType(file, written, sources));
      const type = known.get(key);
      if (type !== undefined && mapping !== null) reportFacade(type, written, path, sources);
      return { source: { file, mapping }, type };
    },
  };
}

function readType(file: string, written: string, { parse, defaults }: NestedTypeSources): TypeSchema | undefined {
  const { value } = parse(file);
  return value === undefined ? undefined : nestedTypeSchema(written, value, defaults);
}

function reportMissing(
  template: string,
  mapping: TypeMapping | null,
  path: Path,
  written: string,
  { files, findings }: NestedTypeSources,
): undefined {
  const by = mapping === null ? '' : `, which the environment maps "${written}" to,`;
  const hint = didYouMean(template, Object.keys(files)) ?? hintForMissing(template);
  findings.error('HOT-NESTED-MISSING', path, `the template "${template}"${by} was not given`, { hint });
  return undefined;
}

/** A type that takes any property (OS::Heat::None) is no facade. */
function reportFacade(type: TypeSchema, written: string, path: Path, { catalog, findings }: NestedTypeSources): void {
  const facade = catalog.findType(written);
  if (facade === undefined || facade.openProperties === true) return;
  for (const complaint of checkFacade(facade, type)) {
    findings.error('HOT-NESTED-FACADE', path, `the template can't stand for ${written}: ${complaint}`);
  }
}

function hintForMissing(template: string): string {
  const fetched = /^https?:/.test(template);
  return fetched ? 'nothing is fetched: send it along' : 'check the path: it is relative to the file that names it';
}
