/** What names mean at a place in an expression. Scopes are never changed: `let` and lambdas make new ones. */
import type { Lambda } from './signature.ts';
import type { Value } from './value.ts';

export interface Scope {
  readonly parent: Scope | null;
  /** `$1`, `$2` …; `$` is `$1`. */
  readonly args: readonly Value[];
  readonly variables?: ReadonlyMap<string, Value>;
  /** What `def` defined here. */
  readonly definitions?: ReadonlyMap<string, Lambda>;
}

/** Null when nothing has the name, as in YAQL. `index` is that of an argument, 0 for other names. */
export function findVariable(start: Scope, name: string, index: number): Value {
  for (let scope: Scope | null = start; scope !== null; scope = scope.parent) {
    if (index > 0 && index <= scope.args.length) return scope.args[index - 1]!;
    const value = scope.variables?.get(name);
    if (value !== undefined) return value;
  }
  return null;
}

export function findDefinition(start: Scope, name: string): Lambda | undefined {
  for (let scope: Scope | null = start; scope !== null; scope = scope.parent) {
    const definition = scope.definitions?.get(name);
    if (definition !== undefined) return definition;
  }
  return undefined;
}
