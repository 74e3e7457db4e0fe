/**
 * The versions of HOT, and what each has: its functions, sections and keys.
 *
 * A version is its place in the list; `since` and `until` are such places. A template's version is needed for reading only. CloudFormation's
 * language is in cfn-language.ts.
 */
import { isMap, type Json } from '../std/json.ts';
import type { DeletionPolicy } from './definition.ts';
import { cfnGetAzs } from './functions/cfn-get-azs.ts';
import { cfnMemberListToMap } from './functions/cfn-member-list.ts';
import { cfnRef } from './functions/cfn-ref.ts';
import { cfnSelect } from './functions/cfn-select.ts';
import { cfnBase64, cfnJoin, cfnReplace, cfnSplit } from './functions/cfn-texts.ts';
import { contains } from './functions/contains.ts';
import { digest } from './functions/digest.ts';
import { equals } from './functions/equals.ts';
import { filter } from './functions/filter.ts';
import type { ConditionFunction, TemplateFunction } from './functions/function.ts';
import { getAttr, getAttrOrAll } from './functions/get-attr.ts';
import { getFile } from './functions/get-file.ts';
import { getParam } from './functions/get-param.ts';
import { getResource } from './functions/get-resource.ts';
import { ifElse, ifMaybeElse } from './functions/if.ts';
import { listConcat, listConcatUnique } from './functions/list-concat.ts';
import { listJoin, listJoinOne } from './functions/list-join.ts';
import { and, not, or } from './functions/logic.ts';
import { makeUrl } from './functions/make-url.ts';
import { mapMerge } from './functions/map-merge.ts';
import { mapReplace } from './functions/map-replace.ts';
import { repeat, repeatLists, repeatMaps } from './functions/repeat.ts';
import { cfnResourceFacade, resourceFacade } from './functions/resource-facade.ts';
import { strReplace, strReplaceStrict, strReplaceTexts, strReplaceVeryStrict } from './functions/str-replace.ts';
import { strSplit } from './functions/str-split.ts';
import { yaql } from './functions/yaql.ts';
import { HOT_KEYS, resourceKeysOf, type TemplateKeys } from './template-keys.ts';

/** In order; a version's alias is the name of the release that brought it. */
export const VERSIONS = [
  { version: '2013-05-23', alias: null },
  { version: '2014-10-16', alias: null },
  { version: '2015-04-30', alias: null },
  { version: '2015-10-15', alias: null },
  { version: '2016-04-08', alias: null },
  { version: '2016-10-14', alias: 'newton' },
  { version: '2017-02-24', alias: 'ocata' },
  { version: '2017-09-01', alias: 'pike' },
  { version: '2018-03-02', alias: 'queens' },
  { version: '2018-08-31', alias: 'rocky' },
  { version: '2021-04-16', alias: 'wallaby' },
] as const;

type Version = (typeof VERSIONS)[number]['version'];

interface Offer {
  readonly name: string;
  readonly since: Version;
  /** The first version that does not have it any more, or has another one. */
  readonly until?: Version;
  readonly function: TemplateFunction;
}

const OFFERS: readonly Offer[] = [
  { name: 'get_param', since: '2013-05-23', function: getParam },
  { name: 'get_resource', since: '2013-05-23', function: getResource },
  { name: 'get_attr', since: '2013-05-23', until: '2015-10-15', function: getAttr },
  { name: 'get_attr', since: '2015-10-15', function: getAttrOrAll },
  { name: 'get_file', since: '2013-05-23', function: getFile },
  { name: 'list_join', since: '2013-05-23', until: '2015-10-15', function: listJoinOne },
  { name: 'list_join', since: '2015-10-15', function: listJoin },
  { name: 'str_replace', since: '2013-05-23', until: '2015-10-15', function: strReplaceTexts },
  { name: 'str_replace', since: '2015-10-15', function: strReplace },
  { name: 'str_replace_strict', since: '2017-02-24', function: strReplaceStrict },
  { name: 'str_replace_vstrict', since: '2017-09-01', function: strReplaceVeryStrict },
  { name: 'resource_facade', since: '2013-05-23', function: resourceFacade },
  { name: 'repeat', since: '2015-04-30', until: '2016-10-14', function: repeatLists },
  { name: 'repeat', since: '2016-10-14', until: '2017-09-01', function: repeatMaps },
  { name: 'repeat', since: '2017-09-01', function: repeat },
  { name: 'digest', since: '2015-04-30', function: digest },
  { name: 'str_split', since: '2015-10-15', function: strSplit },
  { name: 'map_merge', since: '2016-04-08', function: mapMerge },
  { name: 'map_replace', since: '2016-10-14', function: mapReplace },
  { name: 'yaql', since: '2016-10-14', function: yaql },
  { name: 'if', since: '2016-10-14', until: '2021-04-16', function: ifElse },
  { name: 'if', since: '2021-04-16', function: ifMaybeElse },
  { name: 'filter', since: '2017-02-24', function: filter },
  { name: 'make_url', since: '2017-09-01', function: makeUrl },
  { name: 'list_concat', since: '2017-09-01', function: listConcat },
  { name: 'list_concat_unique', since: '2017-09-01', function: listConcatUnique },
  { name: 'contains', since: '2017-09-01', function: contains },
  { name: 'Ref', since: '2013-05-23', until: '2014-10-16', function: cfnRef },
  { name: 'Fn::GetAZs', since: '2013-05-23', until: '2014-10-16', function: cfnGetAzs },
  { name: 'Fn::Join', since: '2013-05-23', until: '2014-10-16', function: cfnJoin },
  { name: 'Fn::Split', since: '2013-05-23', until: '2014-10-16', function: cfnSplit },
  { name: 'Fn::Replace', since: '2013-05-23', until: '2014-10-16', function: cfnReplace },
  { name: 'Fn::Base64', since: '2013-05-23', until: '2014-10-16', function: cfnBase64 },
  { name: 'Fn::MemberListToMap', since: '2013-05-23', until: '2014-10-16', function: cfnMemberListToMap },
  { name: 'Fn::ResourceFacade', since: '2013-05-23', until: '2014-10-16', function: cfnResourceFacade },
  { name: 'Fn::Select', since: '2013-05-23', until: '2015-10-15', function: cfnSelect },
];

/**
 * Words that may well be keys of a template's own data: in a version without the function they are taken for a call only when what follows
 * looks like its arguments.
 */
const PLAIN_WORDS: ReadonlyMap<string, (argument: Json) => boolean> = new Map([
  ['digest', isListOf(2, 2)],
  ['filter', isListOf(2, 2)],
  ['contains', isListOf(2, 2)],
  ['if', isListOf(2, 3)],
  ['repeat', (argument: Json) => isMap(argument) && Object.hasOwn(argument, 'for_each')],
]);

function isListOf(least: number, most: number): (argument: Json) => boolean {
  return (argument) => Array.isArray(argument) && argument.length >= least && argument.length <= most;
}

const CONDITION_FUNCTIONS: readonly ConditionFunction[] = [equals, not, and, or];

/** What a function's name means in a version. */
export type FunctionFinding =
  | { readonly kind: 'function'; readonly function: TemplateFunction }
  | { readonly kind: 'later'; readonly since: string; readonly looksLikeCall: (argument: Json) => boolean }
  | { readonly kind: 'removed'; readonly until: string };

export interface Language {
  readonly version: string;
  readonly keys: TemplateKeys;
  /** All of a resource. */
  readonly resourceKeys: readonly string[];
  /** Unknown keys of resources and outputs are errors; otherwise they are passed over, as CloudFormation's are. */
  readonly strictKeys: boolean;
  /** Every name that is a function in some version. */
  readonly functions: ReadonlyMap<string, FunctionFinding>;
  readonly conditionFunctions: ReadonlyMap<string, ConditionFunction>;
  /** Functions of values that may stand in conditions. */
  readonly valuesInConditions: ReadonlySet<string>;
  /** Conditions and external_id. */
  readonly hasConditions: boolean;
  readonly hasModulo: boolean;
  readonly hasTags: boolean;
  readonly deletionPolicies: ReadonlyMap<string, DeletionPolicy>;
  /** What a map with one key must begin with to be taken for a misspelt function. */
  readonly functionLike: RegExp;
  /** The names of pseudo-parameters begin with this. */
  readonly pseudoPrefix: 'OS::' | 'AWS::';
}

export const CAPITAL_POLICIES: readonly (readonly [string, DeletionPolicy])[] = [
  ['Delete', 'delete'],
  ['Retain', 'retain'],
  ['Snapshot', 'snapshot'],
];

const languages = new Map<string, Language>();

/** The language of a version or alias; undefined when there is none. */
export function findLanguage(name: string): Language | undefined {
  const index = VERSIONS.findIndex(({ version, alias }) => version === name || alias === name);
  if (index === -1) return undefined;
  const known = languages.get(name) ?? makeLanguage(index);
  languages.set(name, known);
  return known;
}

function makeLanguage(index: number): Language {
  const has = (since: Version) => index >= place(since);
  const lowerCase = CAPITAL_POLICIES.map(([, policy]) => [policy, policy] as const);
  return {
    version: VERSIONS[index]!.version,
    keys: HOT_KEYS,
    resourceKeys: resourceKeysOf(HOT_KEYS),
    strictKeys: true,
    deletionPolicies: new Map([...(has('2016-10-14') ? lowerCase : []), ...CAPITAL_POLICIES]),
    functionLike: /^(?:get|str|list|map)_/,
    pseudoPrefix: 'OS::',
    functions: new Map(OFFERS.map(({ name }) => [name, findingOf(name, index)])),
    conditionFunctions: new Map(has('2016-10-14') ? CONDITION_FUNCTIONS.map((one) => [one.name, one]) : []),
    valuesInConditions: new Set(has('2017-09-01') ? ['get_param', 'yaql', 'contains'] : ['get_param']),
    hasConditions: has('2016-10-14'),
    hasModulo: has('2017-02-24'),
    hasTags: has('2018-03-02'),
  };
}

function findingOf(name: string, index: number): FunctionFinding {
  const offers = OFFERS.filter((offer) => offer.name === name);
  const offer = offers.find(({ since, until }) => index >= place(since) && (until === undefined || index < place(until)));
  if (offer !== undefined) return { kind: 'function', function: offer.function };
  const last = offers.at(-1)!;
  if (index >= place(last.since)) return { kind: 'removed', until: last.until ?? last.since };
  return { kind: 'later', since: last.since, looksLikeCall: PLAIN_WORDS.get(name) ?? (() => true) };
}

function place(version: Version): number {
  return VERSIONS.findIndex((one) => one.version === version);
}
