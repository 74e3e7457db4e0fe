/** Which of the hooks that a tree rests at a person means, by paths with `*` for parts of names. Pure. */
import type { Hooked } from '../store/reads/hooked.ts';
import { matchesAll } from '../template/match-glob.ts';
import type { Hook } from '../template/resource-rules.ts';

/** `path`: names joined by `/`, as Heat's client has them. `hooks`: null for whichever is met. */
export function meantBy(path: string, hooks: readonly Hook[] | null, pending: readonly Hooked[]): readonly Hooked[] {
  const names = path.split('/');
  return pending.filter((one) => matchesAll(names, one.path.split('/')) && (hooks === null || hooks.includes(one.hook)));
}
