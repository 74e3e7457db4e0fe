/** Broken engines that only a shared server shows: production with one of its locks taken out. Where a transaction excludes all others, none of them is wrong. */
import type { Breakage } from '../breakage.ts';
import type { Seldom } from '../plan.ts';

const unlocked = (name: string, where: string, from: string | RegExp, to: string, often: readonly Seldom[] = []): Breakage => ({
  name,
  ...(often.length > 0 ? { often } : {}),
  store: (store) => store,
  sql: null,
  postgres: (text) => (text.includes(where) ? text.replace(from, to) : text),
});

export const lockMutations: readonly Breakage[] = [
  unlocked('a tree is not locked', 'where id = (select root_id from stack where id =', / for update$/, ''),
  unlocked('trees that others have are taken as free', 'for update skip locked', ' for update skip locked', ''),
  unlocked('many trees are not locked together', 'select root_id from stack where id = any', / for update$/, '', [
    'operators',
    'roots',
    'stacks',
  ]),
  unlocked('a limit is had by many', 'pg_try_advisory_xact_lock', /pg_try_advisory_xact_lock\(.*\)$/, 'true', [
    'limits',
    'roots',
  ]),
];
