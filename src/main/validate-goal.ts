/** Checks the documents of a goal without any database: what can be known of a stack that does not exist yet. */
import { randomBytes } from 'node:crypto';
import { type CompiledRequest, compileRequest } from '../engine/compile-request.ts';
import type { TypeRegistry } from '../engine/ports/provider.ts';
import type { GoalDocuments } from '../template/definition.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import { currentHost, systemRandom } from './system-environment.ts';

/** Throws InvalidRequest with every diagnostic. */
export function validateGoal(types: TypeRegistry & TypeCatalog, name: string, documents: GoalDocuments): CompiledRequest {
  return compileRequest({ types, digestKey: randomBytes(32), host: currentHost().name }, documents, {
    pseudo: { stackId: systemRandom.uuid(), stackName: name, projectId: 'default' },
  });
}
