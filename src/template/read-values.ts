/**
 * Reading values of a template: every function in them is found and read, wherever it stands, and what was used on the way is noted.
 *
 * A map with one key that names a function is a call of it. Which parts of an expression still wait for a resource is remembered by identity,
 * so that nothing is walked twice. A value without functions is given back as it is.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import type { Code } from './codes.ts';
import type { Facade } from './definition.ts';
import { evaluateLiteral } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { isCall, makeCall, quote } from './expression-form.ts';
import { type Findings, findingsOf } from './findings.ts';
import { applyOperator } from './functions/apply-operator.ts';
import { DROPPED, FunctionError, type Operator, type Reading, type Truth, WRONG } from './functions/function.ts';
import type { Language } from './language.ts';
import { didYouMean, nearestName } from './nearest-name.ts';
import { REFERENCE_OUTPUT } from './nested/check-inside.ts';
import { type Files, findFileKey } from './nested/file-names.ts';
import { stepInside } from './nested/inside.ts';
import type { ParameterValue } from './parameter-values.ts';
import { type Path, within } from './path.ts';
import type { TypeSchema } from './property-schema.ts';
import { spendOn, TooMuchWork } from './work.ts';

/** What the template has of a name, as far as references to it go. */
export interface KnownResource {
  /** undefined when its type is not known. */
  readonly type: TypeSchema | undefined;
  readonly enabled: boolean;
}

/** What references can lead to. */
export interface Surroundings {
  readonly language: Language;
  /** Of the template. */
  readonly findings: Findings;
  /** Pseudo-parameters too. */
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  /** Every name that was declared, with or without a value. */
  readonly declared: ReadonlySet<string>;
  readonly files: Files;
  /** The name of the template, which names of files are relative to. */
  readonly file: string;
  readonly facade: Facade | 'open' | undefined;
  readonly resources: ReadonlyMap<string, KnownResource>;
  /** The `conditions` section. */
  readonly conditions: ReadonlyMap<string, Json>;
  /** The `Mappings` section. */
  readonly mappings: JsonMap;
}

/** An attribute of every type in Heat: what the cloud shows of the object; null for what is in no cloud. */
const LIVE_DATA = 'show';

/** What went into a value. */
export interface Usage {
  resources: ReadonlySet<string>;
  hiddenParameters: ReadonlySet<string>;
  /** A sensitive attribute or reference was used. */
  sensitive: boolean;
  /** Attributes of nested stacks, which are secret or not as their templates have it. */
  nestedAttributes: readonly NestedAttribute[];
}

/** Most values use nothing. */
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_ATTRIBUTES: readonly NestedAttribute[] = [];

export interface NestedAttribute {
  readonly resource: string;
  /** '*' for all of them. */
  readonly attribute: string;
  /** Keys that follow, as far as they are known; null where one is not. */
  readonly rest: readonly Json[];
  /** Where it is read. */
  readonly place: Path;
}

export function startUsage(): Usage {
  return { resources: NO_NAMES, hiddenParameters: NO_NAMES, sensitive: false, nestedAttributes: NO_ATTRIBUTES };
}

function withName(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return names === NO_NAMES ? new Set([name]) : (names as Set<string>).add(name);
}

export interface Reader {
  /** The expression; null for what was left out. */
  read(value: Json, path: Path, usage: Usage): Expression;
  /** Whether a condition holds, or may hold: a name, true or false, or a condition function. */
  decide(value: Json, path: Path): boolean;
  /** What goes into a value, reporting nothing. */
  usageOf(value: Json, path: Path): Usage;
  /** Whether a part of an expression that was read waits for a resource. */
  isOpen(expression: object): boolean;
  /** Whether nothing can be said of an expression: it was wrong, or is made of parameters that are not known yet. */
  isPending(expression: Expression): boolean;
}

export function makeReader(around: Surroundings): Reader {
  const open = new Set<object>();
  const conditions: Conditions = { truths: new Map(), depth: 0 };
  const place = (usage: Usage, inCondition: boolean) => new ValueReading(around, open, conditions, usage, inCondition);
  const unheard = { ...around, findings: findingsOf(null, []) };
  return {
    usageOf: (value, path) => {
      const usage = startUsage();
      new ValueReading(unheard, open, conditions, usage, false).argument(value, path);
      return usage;
    },
    isPending: (expression) => isMap(expression) && isCall(expression) && ['wrong', 'open'].includes(expression.$[0]),
    read: (value, path, usage) => place(usage, false).argument(value, path),
    decide: (value, path) => place(startUsage(), true).condition(value, path) !== false,
    isOpen: (expression) => open.has(expression),
  };
}

/** Conditions as far as they are decided. */
interface Conditions {
  readonly truths: Map<string, Truth | 'deciding'>;
  /** How many are being decided, each for the sake of the one before. */
  depth: number;
}

const DEEPEST_CONDITION = 200;

/** One reading: the surroundings with the usage that it notes. */
class ValueReading implements Reading {
  readonly #around: Surroundings;
  readonly #open: Set<object>;
  readonly #conditions: Conditions;
  readonly #usage: Usage;
  readonly #inCondition: boolean;

  constructor(around: Surroundings, open: Set<object>, conditions: Conditions, usage: Usage, inCondition: boolean) {
    this.#around = around;
    this.#open = open;
    this.#conditions = conditions;
    this.#usage = usage;
    this.#inCondition = inCondition;
    open.add(WRONG as object);
  }

  get mappings(): JsonMap {
    return this.#around.mappings;
  }

  get isCondition(): boolean {
    return this.#inCondition;
  }

  isParameter(name: string): boolean {
    return this.#around.declared.has(name) && !this.#around.resources.has(name);
  }

  get facade(): Facade | 'open' | undefined {
    return this.#around.facade;
  }

  value(value: Json, path: Path): Expression | typeof DROPPED {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return this.#list(value, path);
    return this.#map(value as JsonMap, path);
  }

  argument(value: Json, path: Path): Expression {
    const expression = this.value(value, path);
    return expression === DROPPED ? null : expression;
  }

  call(operator: Operator, args: readonly Expression[], path: Path): Expression {
    if (args.some((arg) => this.#isOpen(arg))) return this.#markOpen(makeCall(operator.name, args));
    try {
      return quote(applyOperator(operator, args.map(evaluateLiteral)));
    } catch (error) {
      if (error instanceof TooMuchWork) throw this.#stop(error, path);
      if (!(error instanceof FunctionError)) throw error;
      return this.report('HOT-FUNC-RESULT', path, error.message);
    }
  }

  /** Nothing more can be said of the template. */
  #stop(error: TooMuchWork, path: Path): TooMuchWork {
    this.report(
      'HOT-LIMIT-WORK',
      path,
      error.message,
      'this is the call at which it was enough: a large value is used very often, or grows',
    );
    return error;
  }

  #pay(value: Json, path: Path): void {
    try {
      spendOn(value);
    } catch (error) {
      throw error instanceof TooMuchWork ? this.#stop(error, path) : error;
    }
  }

  reference(operator: string, resource: string, args: readonly Expression[], path: Path): Expression {
    const known = this.#around.resources.get(resource);
    if (known === undefined) return this.#unknownResource(resource, path);
    if (!known.enabled) return this.#disabledResource(resource, path);
    this.#usage.resources = withName(this.#usage.resources, resource);
    if (known.type !== undefined) this.#noteUse(operator, resource, known.type, args, path);
    return this.#markOpen(makeCall(operator, [resource, ...args]));
  }

  known(expression: Expression): Json | undefined {
    return this.#isOpen(expression) ? undefined : evaluateLiteral(expression);
  }

  parameter(name: string, path: Path): Expression | undefined {
    const parameter = this.#around.parameters.get(name);
    if (parameter?.hidden === true) this.#usage.hiddenParameters = withName(this.#usage.hiddenParameters, name);
    if (parameter === undefined && !this.#around.declared.has(name)) {
      const hint = didYouMean(name, this.#around.declared);
      this.report('HOT-PARAM-UNKNOWN', path, `there is no parameter "${name}"`, hint);
    }
    if (parameter?.open === true) return this.open([]);
    if (parameter === undefined) return undefined;
    this.#pay(parameter.value, path);
    return quote(parameter.value);
  }

  open(parts: readonly Expression[]): Expression {
    return this.#markOpen(makeCall('open', parts));
  }

  file(name: string, path: Path): string | undefined {
    const { files, file } = this.#around;
    const key = findFileKey(files, file, name);
    if (key !== undefined) {
      this.#pay(files[key] ?? null, path);
      return files[key];
    }
    const hint = didYouMean(name, Object.keys(files)) ?? 'check the path: it is relative to the file that names it';
    this.report('HOT-FILE-MISSING', path, `the file "${name}" was not given`, hint);
    return undefined;
  }

  condition(value: Json, path: Path): Truth {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'string') return this.#namedCondition(value, path);
    const [name, argument] = callOf(value) ?? [];
    const decides = name === undefined ? undefined : this.#around.language.conditionFunctions.get(name);
    if (decides !== undefined) return decides.decide(argument ?? null, this.#forCondition(), within(path, decides.name));
    const named = name === 'Condition' && typeof argument === 'string' ? `Heat takes the name alone: "${argument}"` : undefined;
    return this.#truthOf(this.#forCondition().argument(value, path), path, named);
  }

  wrong(path: Path, message: string, hint?: string, atKey = false): Expression {
    this.#around.findings.error('HOT-FUNC-ARGUMENTS', path, message, { hint, atKey });
    return WRONG;
  }

  report(code: Code, path: Path, message: string, hint?: string): Expression {
    this.#around.findings.error(code, path, message, { hint });
    return WRONG;
  }

  warn(code: Code, path: Path, message: string): void {
    this.#around.findings.warning(code, path, message);
  }

  #list(list: readonly Json[], path: Path): Expression {
    let copy: Expression[] | undefined;
    let isOpen = false;
    for (let i = 0; i < list.length; i++) {
      const read = this.value(list[i]!, within(path, i));
      if (copy === undefined && read !== list[i]) copy = list.slice(0, i);
      if (copy !== undefined && read !== DROPPED) copy.push(read);
      isOpen ||= read !== DROPPED && this.#isOpen(read);
    }
    const expression = copy ?? list;
    return isOpen ? this.#markOpen(expression) : expression;
  }

  #map(map: JsonMap, path: Path): Expression | typeof DROPPED {
    const name = soleKey(map);
    const read = name === undefined ? undefined : this.#function(name, map[name] ?? null, path);
    return read === undefined ? this.#members(map, path) : read;
  }

  #members(map: JsonMap, path: Path): Expression {
    let copy: { [key: string]: Expression } | undefined;
    let isOpen = false;
    for (const key in map) {
      const read = this.value(map[key] ?? null, within(path, key));
      if (read !== map[key]) copy ??= { ...map };
      if (read === DROPPED) delete copy![key];
      else if (copy !== undefined) copy[key] = read;
      isOpen ||= read !== DROPPED && this.#isOpen(read);
    }
    const expression = escapeDollar(copy ?? map, isOpen);
    return isOpen ? this.#markOpen(expression as object as Expression) : expression;
  }

  /** undefined when the name is no function's. */
  #function(name: string, argument: Json, path: Path): Expression | typeof DROPPED | undefined {
    const { language } = this.#around;
    const finding = language.functions.get(name);
    const place = within(path, name);
    if (finding === undefined) return this.#noFunction(name, place);
    if (finding.kind === 'later' && !finding.looksLikeCall(argument)) return undefined;
    if (finding.kind === 'later')
      return this.report('HOT-FUNC-VERSION', place, `the function "${name}" is there from version ${finding.since} on`);
    if (finding.kind === 'removed')
      return this.report('HOT-FUNC-REMOVED', place, `the function "${name}" is there before version ${finding.until} only`);
    if (this.#inCondition && !language.valuesInConditions.has(name)) {
      return this.report('HOT-FUNC-PLACE', place, `the function "${name}" can't stand in a condition`);
    }
    return finding.function.read(argument, this, place);
  }

  #noFunction(name: string, path: Path): Expression | undefined {
    if (this.#inCondition || this.#around.language.conditionFunctions.has(name)) {
      return this.#inCondition ? this.#strangerInCondition(name, path) : undefined;
    }
    if (!this.#around.language.functionLike.test(name)) return undefined;
    const meant = nearestName(name, this.#around.language.functions.keys());
    if (meant === undefined) return undefined;
    this.#around.findings.warning('HOT-FUNC-TYPO', path, `"${name}" is not a function`, {
      hint: `did you mean "${meant}"?`,
      atKey: true,
    });
    return undefined;
  }

  #strangerInCondition(name: string, path: Path): Expression | undefined {
    const names = [...this.#around.language.conditionFunctions.keys(), ...this.#around.language.valuesInConditions];
    const hint = didYouMean(name, names);
    return hint === undefined
      ? undefined
      : this.report('HOT-CONDITION-VALUE', path, `"${name}" is not a condition function`, hint);
  }

  #forCondition(): ValueReading {
    return this.#inCondition ? this : new ValueReading(this.#around, this.#open, this.#conditions, startUsage(), true);
  }

  #namedCondition(name: string, path: Path): Truth {
    const known = this.#conditions.truths.get(name);
    if (known !== undefined && known !== 'deciding') return known;
    if (known === 'deciding') {
      this.report('HOT-CONDITION-CYCLE', path, `the condition "${name}" depends on itself: ${this.#circleTo(name)}`);
      return 'open';
    }
    const value = this.#around.conditions.get(name);
    if (value === undefined) return this.#unknownCondition(name, path);
    if (this.#conditions.depth >= DEEPEST_CONDITION) {
      const message = `conditions refer to each other more than ${DEEPEST_CONDITION} deep`;
      this.report('HOT-CONDITION-DEPTH', path, message, 'define first what others refer to, or combine conditions');
      return 'open';
    }
    this.#conditions.truths.set(name, 'deciding');
    const section = within(null, this.#around.language.keys.sections.conditions);
    this.#conditions.depth++;
    const truth = this.#forCondition().condition(value, within(section, name));
    this.#conditions.depth--;
    this.#conditions.truths.set(name, truth);
    return truth;
  }

  /** From the condition through those that are being decided back to it. */
  #circleTo(name: string): string {
    const deciding = [...this.#conditions.truths].filter(([, truth]) => truth === 'deciding').map(([one]) => one);
    return [...deciding.slice(deciding.indexOf(name)), name].join(' → ');
  }

  /** Taken for one that may hold, so that nothing else is reported because of it. */
  #unknownCondition(name: string, path: Path): Truth {
    const hint = didYouMean(name, this.#around.conditions.keys());
    this.report('HOT-CONDITION-UNKNOWN', path, `there is no condition "${name}"`, hint);
    return 'open';
  }

  #truthOf(expression: Expression, path: Path, hint: string | undefined): Truth {
    const truth = this.known(expression);
    if (truth === undefined) return 'open';
    if (typeof truth === 'boolean') return truth;
    if (typeof truth === 'string') return this.#namedCondition(truth, path);
    this.report('HOT-CONDITION-VALUE', path, 'a condition must be true or false', hint);
    return 'open';
  }

  #unknownResource(name: string, path: Path): Expression {
    const { resources, declared } = this.#around;
    const hint = declared.has(name) ? `"${name}" is a parameter: use get_param` : didYouMean(name, resources.keys());
    return this.report('HOT-REF-UNKNOWN', path, `there is no resource "${name}"`, hint);
  }

  #disabledResource(name: string, path: Path): Expression {
    const { sections, resource } = this.#around.language.keys;
    const hint = 'put the reference under "if" with the same condition';
    const place = within(within(within(null, sections.resources), name), resource.condition);
    const message = `the condition of the resource "${name}" is false, so it can't be referred to`;
    this.#around.findings.error('HOT-REF-DISABLED', path, message, { hint, notes: [{ message: 'its condition', path: place }] });
    return WRONG;
  }

  #noteUse(operator: string, resource: string, type: TypeSchema, args: readonly Expression[], path: Path): void {
    if (type.isTemplate === true || type.stack !== undefined) this.#noteNestedUse(operator, resource, args, path);
    const attribute = args[0] ?? null;
    if (operator === 'get_resource') this.#usage.sensitive ||= type.sensitiveReference === true;
    else if (operator === 'get_all_attrs')
      this.#usage.sensitive ||= Object.values(type.attributes).some((one) => one.sensitive === true);
    else this.#noteAttribute(type, String(attribute), path);
  }

  /** What is read of resources within is judged when the nested template has been looked at. */
  #noteNestedUse(operator: string, resource: string, args: readonly Expression[], path: Path): void {
    const [attribute, ...rest] = operator === 'get_attr' ? args : [operator === 'get_resource' ? REFERENCE_OUTPUT : '*'];
    const place = within(path.parent, 1);
    const keys = rest.map((key) => this.known(key) ?? null);
    const note = { resource, attribute: String(attribute), rest: keys, place };
    this.#usage.nestedAttributes = [...this.#usage.nestedAttributes, note];
  }

  #noteAttribute(type: TypeSchema, attribute: string, path: Path): void {
    if (type.isTemplate === true && stepInside(attribute, []) !== undefined) return;
    const { attributes } = type;
    const schema = Object.hasOwn(attributes, attribute) ? attributes[attribute] : attributes['*'];
    if (schema?.sensitive === true) this.#usage.sensitive = true;
    if (schema !== undefined || type.openProperties === true || attribute === LIVE_DATA) return;
    this.report(
      'HOT-ATTR-UNKNOWN',
      within(path.parent, 1),
      `${type.name} has no attribute "${attribute}"`,
      didYouMean(attribute, Object.keys(attributes)),
    );
  }

  #isOpen(expression: Expression): boolean {
    return typeof expression === 'object' && expression !== null && this.#open.has(expression);
  }

  #markOpen(expression: Expression): Expression {
    this.#open.add(expression as object);
    return expression;
  }
}

/** undefined when there are more, or none. */
function soleKey(map: JsonMap): string | undefined {
  let sole: string | undefined;
  for (const key in map) {
    if (sole !== undefined) return undefined;
    sole = key;
  }
  return sole;
}

/** The name and argument of a map with one key. */
function callOf(value: Json): readonly [string, Json] | undefined {
  const entries = isMap(value) ? Object.entries(value) : [];
  return entries.length === 1 ? entries[0] : undefined;
}

/** A template's own map with a key `$` must not be taken for a call. */
function escapeDollar(map: { readonly [key: string]: Expression }, isOpen: boolean): Expression {
  if (!isCall(map)) return map;
  if (!isOpen) return makeCall('literal', [evaluateMembers(map)]);
  const pairs = Object.entries(map as JsonMap).sort(([a], [b]) => (a < b ? -1 : 1));
  return makeCall(
    'map',
    pairs.map(([key, value]) => [key, value]),
  );
}

function evaluateMembers(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, evaluateLiteral(value)]));
}
