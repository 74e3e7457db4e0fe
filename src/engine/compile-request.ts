/** From a person's documents to a goal that the engine can store: compiled, with digests and the identities that are known already. */

import { type Diagnostic, InvalidRequest } from '../std/diagnostic.ts';
import { digest, type Sha } from '../std/digest.ts';
import { canonicalJson } from '../std/json.ts';
import { type CompileOptions, compileGoal } from '../template/compile.ts';
import type { CompiledGoal, Definition, GoalDocuments } from '../template/definition.ts';
import { definitionSha } from '../template/definition-sha.ts';
import { evaluate } from '../template/evaluate.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import { resolveProperties } from '../template/resolve-properties.ts';
import { identityOf } from './converge-resource.ts';
import type { ResourceType, TypeRegistry } from './ports/provider.ts';
import type { Declared, NewGoal } from './ports/store.ts';

export interface CompileContext {
  readonly types: TypeRegistry & TypeCatalog;
  readonly digestKey: Uint8Array;
  readonly host: string;
}

export interface CompiledRequest {
  readonly goal: NewGoal;
  /** As far as they can be told beforehand. */
  readonly nestedGoals: CompiledGoal['nestedGoals'];
  readonly warnings: readonly Diagnostic[];
}

export type RequestCompilation =
  | ({ readonly ok: true } & CompiledRequest)
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Throws InvalidRequest with every diagnostic. */
export function compileRequest(
  context: CompileContext,
  documents: GoalDocuments,
  options: Omit<CompileOptions, 'catalog'>,
): CompiledRequest {
  const compiled = tryCompileRequest(context, documents, options);
  if (!compiled.ok) throw new InvalidRequest(compiled.diagnostics);
  return compiled;
}

/** The same for those who have no person to answer: a nested stack is compiled by an engine. */
export function tryCompileRequest(
  context: CompileContext,
  documents: GoalDocuments,
  options: Omit<CompileOptions, 'catalog'>,
): RequestCompilation {
  const compiled = compileGoal(documents, { catalog: context.types, ...options });
  if (!compiled.ok) return compiled;
  const { goal } = compiled;
  const declared: Declared[] = [];
  for (const [name, definition] of goal.definitions)
    declared.push(declare(context, name, definition, goal.nestedGoals.get(name)));
  const sha = digest(
    canonicalJson({ ...documents, template: documents.template, environments: [...documents.environments] } as never),
    // An environment may hold secrets of nested stacks, and of whoever events are sent to.
    goal.hidden.length > 0 || documents.environments.length > 0 ? context.digestKey : null,
  );
  return {
    ok: true,
    warnings: compiled.warnings,
    nestedGoals: goal.nestedGoals,
    goal: {
      sha: sha as Sha,
      documents,
      description: goal.description,
      declared,
      outputs: goal.outputs,
      parameters: goal.parameters,
      hidden: goal.hidden,
      immutable: goal.immutable,
      rules: goal.rules,
      sinks: goal.eventSinks,
    },
  };
}

function declare(context: CompileContext, name: string, definition: Definition, within: CompiledGoal | undefined): Declared {
  const type = context.types.findType(definition.type);
  return {
    name,
    sha: definitionSha(definition, context.digestKey),
    definition,
    identity: type ? staticIdentity(context.host, type, definition) : null,
    resumeToUpdate: type?.facts.updatesSuspended === false,
    ...(within === undefined ? {} : { needs: [...typesOf(within)].sort() }),
  };
}

function typesOf(goal: CompiledGoal, types: Set<string> = new Set()): Set<string> {
  for (const [name, { type, nested }] of goal.definitions) {
    if (nested === undefined) types.add(type);
    const within = goal.nestedGoals.get(name);
    if (within !== undefined) typesOf(within, types);
  }
  return types;
}

/** Known before anything is resolved only where no other resource goes into it. */
function staticIdentity(host: string, type: ResourceType, definition: Definition): string | null {
  if (!type.identity) return null;
  const resolved = resolveProperties(definition, type, { findOutputs: () => undefined });
  if (resolved.problems.length > 0) return null;
  const known = Object.fromEntries(Object.entries(resolved.properties).filter(([name]) => !dependsOnOthers(definition, name)));
  try {
    return identityOf(host, type, known);
  } catch {
    return null;
  }
}

function dependsOnOthers(definition: Definition, property: string): boolean {
  const expression = definition.properties[property];
  return expression !== undefined && evaluate(expression, { findOutputs: () => undefined }).unknownFrom.length > 0;
}
