/**
 * What an environment asks of resources by their names: hooks, at which work pauses until a person clears them, and restricted actions, which
 * must not happen. Kept as they are written, as patterns, so that they are as short for ten thousand resources as for one. Pure.
 */
import { matchesGlob } from './match-glob.ts';

/** Points at which work on a resource pauses until the hook is cleared. */
export const HOOKS = ['pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete'] as const;
export type Hook = (typeof HOOKS)[number];
/** What must not happen to a resource. */
export const RESTRICTIONS = ['update', 'replace'] as const;
export type Restriction = (typeof RESTRICTIONS)[number];

/** For the resources of one stack. */
export interface NameRule {
  /** A resource's name, perhaps with `*`. */
  readonly name: string;
  readonly hooks: readonly Hook[];
  readonly restrictedActions: readonly Restriction[];
}

export function hooksFor(rules: readonly NameRule[], resource: string): readonly Hook[] {
  if (rules.length === 0) return [];
  return [...new Set(rules.filter(({ name }) => matchesGlob(name, resource)).flatMap((rule) => rule.hooks))];
}

export function restrictionsFor(rules: readonly NameRule[], resource: string): readonly Restriction[] {
  if (rules.length === 0) return [];
  return [...new Set(rules.filter(({ name }) => matchesGlob(name, resource)).flatMap((rule) => rule.restrictedActions))];
}
