/**
 * Stores a goal: documents byte for byte as content-addressed blobs, definitions once by digest, and which name has which definition as
 * intervals of goal numbers, so that an update writes only what it changes.
 */

import type { NewGoal, StackId, StackRow } from '../../engine/ports/store.ts';
import { digest, type Sha } from '../../std/digest.ts';
import type { JsonMap } from '../../std/json.ts';
import type { NestedPlace } from '../../template/definition.ts';
import { type Act, query, queryOne, run, runRows } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { sealSinks, turnSinks } from './event-sinks.ts';
import type { Source, StartSpec } from './start.ts';
import { emptySha } from './start.ts';

export interface GoalNumbers {
  readonly goal: number;
  readonly traversal: number;
  readonly rollbackOf: number | null;
}

/** The goal in force of the stack that another is nested in. */
const goalAbove = '(select p.goal from stack p where p.id = ?)';

export function* storeGoal(cx: ActContext, stack: StackRow, spec: StartSpec, source: Source, numbers: GoalNumbers): Act<void> {
  if (source.goal) yield* insertNewGoal(cx, stack, spec, source.goal, numbers);
  else if (source.copyOf !== null && !source.empty) yield* copyGoal(cx, stack, spec, source.copyOf, numbers);
  else yield* insertEmptyGoal(cx, stack, spec, numbers);
  const wanted = new Map<string, Sha>(source.declared.map((d) => [d.name, d.sha]));
  const changed = yield* writeDeclarations(stack.id, wanted, numbers.goal);
  if (source.goal) yield* insertDefinitions(cx, stack.id, source.goal, changed);
  yield* turnSinks(cx, stack, source);
}

function* insertNewGoal(cx: ActContext, stack: StackRow, spec: StartSpec, goal: NewGoal, numbers: GoalNumbers): Act<void> {
  const secret = goal.hidden.length > 0 || (stack.parentId !== null && (yield* hidesAnything(stack.rootId)));
  const manifest = yield* storeDocuments(cx, stack.rootId, goal, secret);
  yield* run(
    `insert into goal (stack_id, number, sha, action, rollback_of, traversal, description, documents, parameters, hidden, immutable, outputs, rules, sinks, outcome, requested_at, completed_at, read_in, asked_in)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'in progress', ?, null, 0, ${goalAbove})`,
    stack.id,
    numbers.goal,
    goal.sha,
    spec.action,
    numbers.rollbackOf,
    numbers.traversal,
    goal.description,
    cx.vault.seal(manifest, secret, `goal/${stack.id}/documents`),
    cx.vault.seal(goal.parameters, secret, `goal/${stack.id}/parameters`),
    JSON.stringify(goal.hidden),
    JSON.stringify(goal.immutable),
    cx.vault.seal(goal.outputs as never, secret, `goal/${stack.id}/outputs`),
    JSON.stringify(goal.rules),
    sealSinks(cx, stack.id, goal.sinks),
    cx.wallTime,
    stack.parentId,
  );
}

/** The root's documents are a nested stack's, too, with the values of the root's hidden parameters. */
function* hidesAnything(rootId: StackId): Act<boolean> {
  const root = yield* queryOne<{ hidden: string }>(
    'select g.hidden from stack s join goal g on g.stack_id = s.id and g.number = s.goal where s.id = ?',
    rootId,
  );
  return root !== undefined && root.hidden !== '[]';
}

/**
 * Once a tree: a nested stack is made of its root's documents. Environments and files are always sealed: targets of sinks may hold tokens,
 * parameter defaults values for what only a nested stack hides, and a nested stack's template the default of what only it hides.
 */
function* storeDocuments(cx: ActContext, rootId: StackId, goal: NewGoal, secret: boolean): Act<JsonMap> {
  const { template, files, environments, parameters, nested } = goal.documents;
  const blobs: [number, string, string][] = [];
  const store = (text: string, sealed = secret): string => {
    const sha = digest(text, sealed ? cx.vault.digestKey : null);
    blobs.push([rootId, sha, cx.vault.seal(text, sealed, `blob/${sha}`)]);
    return sha;
  };
  const manifest = {
    template: { name: template.name, sha: store(template.text) },
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, store(text, true)])),
    environments: environments.map(({ text, ...file }) => ({ ...file, sha: store(text, true) })),
    parameters,
    ...(nested ? { nested: nested as never } : {}),
  };
  yield* runRows(
    'insert into blob (stack_id, sha, body) select stack_id, sha, body from @rows(stack_id int, sha text, body text) k where true on conflict do nothing',
    blobs,
  );
  return manifest;
}

/** A rollback's goal has a number of its own and the documents of the one it restores. */
function* copyGoal(cx: ActContext, stack: StackRow, spec: StartSpec, from: number, numbers: GoalNumbers): Act<void> {
  yield* run(
    `insert into goal (stack_id, number, sha, action, rollback_of, traversal, description, documents, parameters, hidden, immutable, outputs, rules, sinks, outcome, requested_at, completed_at, read_in, asked_in)
     select stack_id, ?, sha, ?, ?, ?, description, documents, parameters, hidden, immutable, outputs, rules, sinks, 'in progress', ?, null, 0, case when ? = 1 then ${goalAbove} else asked_in end from goal where stack_id = ? and number = ?`,
    numbers.goal,
    spec.action,
    numbers.rollbackOf,
    numbers.traversal,
    cx.wallTime,
    Number(spec.fromAbove === true),
    stack.parentId,
    stack.id,
    from,
  );
}

/** What the environment asks of deletions holds for the last one, too. */
function* insertEmptyGoal(cx: ActContext, stack: StackRow, spec: StartSpec, numbers: GoalNumbers): Act<void> {
  yield* run(
    `insert into goal (stack_id, number, sha, action, rollback_of, traversal, description, documents, parameters, hidden, immutable, outputs, rules, outcome, requested_at, completed_at, read_in, asked_in)
     values (?, ?, ?, ?, ?, ?, '', 'null', '{}', '[]', '[]', '{}', coalesce((select rules from goal where stack_id = ? and number = ?), '[]'), 'in progress', ?, null, 0, ${goalAbove})`,
    stack.id,
    numbers.goal,
    emptySha,
    spec.action,
    numbers.rollbackOf,
    numbers.traversal,
    stack.id,
    stack.goal,
    cx.wallTime,
    stack.parentId,
  );
}

/** The digests that were declared anew. */
function* writeDeclarations(stackId: StackId, wanted: ReadonlyMap<string, Sha>, goal: number): Act<Set<Sha>> {
  const open = yield* query<{ name: string; sha: string }>(
    'select name, sha from declaration where stack_id = ? and until is null',
    stackId,
  );
  const shaOf = new Map(open.map((row) => [row.name, row.sha]));
  const closed = open.filter((row) => wanted.get(row.name) !== row.sha).map((row) => row.name);
  const opened = [...wanted].filter(([name, sha]) => shaOf.get(name) !== sha);
  if (closed.length > 0)
    yield* run(
      'update declaration set until = ? where stack_id = ? and until is null and name in @names',
      goal,
      stackId,
      JSON.stringify(closed),
    );
  if (opened.length > 0) {
    yield* run(
      'insert into declaration (stack_id, name, since, until, sha) select ?, k.name, ?, null, k.sha from @rows(name text, sha text) k',
      stackId,
      goal,
      JSON.stringify(opened),
    );
  }
  return new Set(opened.map(([, sha]) => sha));
}

function* insertDefinitions(cx: ActContext, stackId: StackId, goal: NewGoal, changed: ReadonlySet<Sha>): Act<void> {
  const bySha = new Map(goal.declared.filter((d) => changed.has(d.sha)).map((d) => [d.sha, d]));
  if (bySha.size === 0) return;
  const rows = [...bySha.values()].map(({ sha, definition, identity, resumeToUpdate, needs }) => [
    sha,
    definition.type,
    JSON.stringify(definition.requires),
    definition.deletionPolicy,
    identity,
    Number(resumeToUpdate),
    Number(definition.secret),
    Number(definition.nested !== undefined),
    cx.vault.seal(definition as never, definition.secret, `definition/${sha}`),
    needs === undefined ? null : JSON.stringify(needs),
  ]);
  yield* run(
    `insert into definition (stack_id, sha, type, requires, deletion_policy, identity, resume_to_update, secret, nested, body, needs)
     select ?, k.sha, k.type, k.requires, k.policy, k.identity, k.resume_to_update, k.secret, k.nested, k.body, k.needs
     from @rows(sha text, type text, requires text, policy text, identity text, resume_to_update int, secret int, nested int, body text, needs text) k where true on conflict do nothing`,
    stackId,
    JSON.stringify(rows),
  );
}

/**
 * Forgets goals beyond the kept ones, those before the number `young` too, with the intervals, definitions and blobs that nothing refers to any
 * more. Never the current or the last complete one. Gives how many went.
 */
export function* pruneGoals(cx: ActContext, stack: StackRow, young = 0): Act<number> {
  const limit = Math.min(stack.goal, Math.max(stack.goal - cx.keptGoals, young));
  const goals = yield* query<{ old: number | null; kept: number }>(
    'select max(case when number < ? and number <> ? then number end) as old, count(*) as kept from goal where stack_id = ?',
    limit,
    stack.completeGoal ?? -1,
    stack.id,
  );
  const { old, kept } = goals[0]!;
  if (old === null) {
    // A resource or an operation may have held a definition of a goal that went before.
    if (kept < stack.goal) yield* dropUnusedDefinitions(stack.id);
    return 0;
  }
  const gone = yield* query(
    'delete from goal where stack_id = ? and number < ? and number <> ? returning number',
    stack.id,
    limit,
    stack.completeGoal ?? -1,
  );
  yield* dropIntervals(stack, limit);
  yield* dropUnusedDefinitions(stack.id);
  if (stack.parentId === null) yield* dropUnusedBlobs(cx, stack.id);
  return gone.length;
}

/** Those that ended before the first goal that is kept, the last complete one aside. */
function* dropIntervals(stack: StackRow, limit: number): Act<void> {
  const complete = stack.completeGoal ?? -1;
  for (const table of ['declaration', 'membership'])
    yield* run(
      `delete from ${table} where stack_id = ? and until <= ? and not (since <= ? and until > ?)`,
      stack.id,
      limit,
      complete,
      complete,
    );
}

/** Those that neither a kept goal, a resource nor an operation refers to. */
export function* dropUnusedDefinitions(stackId: StackId): Act<void> {
  yield* run(
    `delete from definition where stack_id = ? and not exists (select 1 from declaration c where c.stack_id = definition.stack_id and c.sha = definition.sha)
       and sha not in (select definition from resource where stack_id = ? and definition is not null)
       and sha not in (select pending_definition from resource where stack_id = ? and pending_definition is not null)
       and sha not in (select definition from operation where stack_id = ? and definition is not null)`,
    stackId,
    stackId,
    stackId,
    stackId,
  );
}

/** Of a whole tree, by its root. */
export function* dropUnusedBlobs(cx: ActContext, rootId: StackId): Act<void> {
  const goals = yield* query<{ stack_id: number; documents: string }>(
    'select g.stack_id, g.documents from stack s cross join goal g where s.root_id = ? and g.stack_id = s.id',
    rootId,
  );
  const used = new Set<string>();
  for (const { stack_id, documents } of goals) {
    const manifest = cx.vault.open(documents, `goal/${stack_id}/documents`) as DocumentManifest | null;
    if (manifest === null) continue;
    for (const sha of [manifest.template.sha, ...Object.values(manifest.files), ...manifest.environments.map((e) => e.sha)])
      used.add(sha);
  }
  yield* run('delete from blob where stack_id = ? and sha not in @names', rootId, JSON.stringify([...used]));
}

export interface DocumentManifest {
  readonly template: { readonly name: string; readonly sha: string };
  readonly files: { readonly [name: string]: string };
  readonly environments: readonly { readonly name: string; readonly isGlobal?: true; readonly sha: string }[];
  readonly parameters: JsonMap;
  /** Of a nested stack's goal. */
  readonly nested?: NestedPlace;
}
