/** Checks the documents of a goal without any database: what can be known of a stack that does not exist yet. */
import { randomBytes } from 'node:crypto';
import { type CompiledRequest, compileRequest } from '../engine/compile-request.ts';
import type { TypeRegistry } from '../engine/ports/provider.ts';
import { type Diagnostic, InvalidRequest } from '../std/diagnostic.ts';
import { compileGoal } from '../template/compile.ts';
import type { CompiledGoal, GoalDocuments } from '../template/definition.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import { catalogOf, type EventSinkType } from './sinks/event-sink.ts';
import { currentHost, systemRandom } from './system-environment.ts';

/** Throws InvalidRequest with every diagnostic. */
export function validateGoal(
  types: TypeRegistry & TypeCatalog,
  name: string,
  documents: GoalDocuments,
  eventSinks: readonly EventSinkType[] = [],
): CompiledRequest {
  return compileRequest({ types, digestKey: randomBytes(32), host: currentHost().name }, documents, {
    pseudo: pseudoFor(name),
    sinks: catalogOf(eventSinks),
  });
}

/** As validateGoal, against types that need not be offered here. */
export function checkTemplate(
  catalog: TypeCatalog,
  name: string,
  documents: GoalDocuments,
): { readonly goal: CompiledGoal; readonly warnings: readonly Diagnostic[] } {
  const compiled = compileGoal(documents, { catalog, pseudo: pseudoFor(name) });
  if (!compiled.ok) throw new InvalidRequest(compiled.diagnostics);
  return compiled;
}

function pseudoFor(stackName: string) {
  return { stackId: systemRandom.uuid(), stackName, projectId: 'default' };
}
