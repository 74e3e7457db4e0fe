/**
 * Broken engines: production with one rule taken out, by rewriting one statement or by bending what goes through the store port. If the
 * checkers do not catch each of them, an invariant is not real.
 */
import type { ResourcePatch, Settlement, Store, TurnAnswer, TurnRequest, WorkItem } from '../engine/ports/store.ts';
import { type Breakage, rewriting, without } from './breakage.ts';
import { canary } from './goals.ts';
import { historyMutations } from './history-mutations.ts';
import type { Seldom } from './plan.ts';
import { lockMutations } from './shared/lock-mutations.ts';

const turns = (
  name: string,
  bend: (request: TurnRequest) => TurnRequest,
  unbend: (answer: TurnAnswer, request: TurnRequest) => TurnAnswer = (answer) => answer,
): Breakage => ({
  name,
  sql: null,
  store: (store): Store => ({
    ...store,
    async turn(request) {
      return unbend(await store.turn(bend(request)), request);
    },
  }),
});

const settlements = (name: string, bend: (settlement: Settlement) => Settlement | null): Breakage =>
  turns(name, (request) => ({ ...request, settlements: request.settlements.flatMap((s) => bend(s) ?? []) }));
const items = (name: string, bend: (item: WorkItem) => WorkItem): Breakage =>
  turns(
    name,
    (request) => request,
    (answer) => ({ ...answer, claimed: answer.claimed.map(bend) }),
  );

/** Calls begin before the intent is committed. */
const intentAfterCall: Breakage = {
  name: 'the call begins before its intent is committed',
  sql: null,
  store: (store) => ({
    ...store,
    async turn(request) {
      const answer = await store.turn({ ...request, intents: [] });
      return { ...answer, intents: request.intents.map(() => ({ kind: 'go', epoch: 1, operationNumber: 1 })) };
    },
  }),
};

const blindLease: Breakage = {
  name: 'a lost lease is not noticed',
  sql: null,
  store: (store) => ({
    ...store,
    renewLease: async (id, until, now) => ({ ...(await store.renewLease(id, until, now)), alive: true }),
  }),
};

const neverFreed: Breakage = {
  name: 'what dead engines hold is never freed',
  sql: null,
  store: (store) => ({ ...store, freeDead: async () => 0 }),
};
const neverSwept: Breakage = {
  name: 'deadlines of stacks are never swept',
  sql: null,
  store: (store) => ({ ...store, sweep: async () => 0 }),
};

const asDone = (s: Settlement): Settlement =>
  s.kind === 'failed' && s.patch !== null && s.patch.action !== 'DELETE'
    ? { kind: 'done', claim: s.claim, patch: { ...s.patch, status: 'COMPLETE' }, requirements: null }
    : s;
const asGone = (s: Settlement): Settlement =>
  (s.kind === 'failed' || s.kind === 'retry') && s.patch?.action === 'DELETE'
    ? { kind: 'gone', claim: s.claim, reason: 'given up', buryToken: null }
    : s;

/** As soon as it has converged. */
const asCleanedUp = (s: Settlement): Settlement =>
  s.kind === 'done' && s.seen?.state === 'converged'
    ? {
        kind: 'nest',
        claim: s.claim,
        begin: { kind: 'cleanup' },
        seen: s.seen,
        patch: null,
        requirements: s.requirements ?? [],
        deed: null,
      }
    : s;

/** What objects are called in the world. */
const nameMutations: readonly Breakage[] = [
  rewriting('names are never let go', 'delete from identity where exists', 'where exists', 'where 1 = 0 and exists'),
  turns('a new name is not held while its object is called so', (request) => ({
    ...request,
    intents: request.intents.map((intent) => ({ ...intent, identity: null })),
  })),
  settlements('an object keeps no name when it is called otherwise', (s) =>
    s.kind === 'done' && s.patch?.identity != null ? { ...s, patch: { ...s.patch, identity: null } } : s,
  ),
  settlements('nobody waits for a name', (s) =>
    s.kind === 'wait'
      ? {
          kind: 'failed',
          claim: s.claim,
          patch: null,
          failure: { code: 'IDENTITY_TAKEN', message: s.reason, retry: 'never', changed: false },
        }
      : s,
  ),
  {
    ...settlements('nobody makes way', (s) => (s.kind === 'make-way' ? { kind: 'release', claim: s.claim } : s)),
    often: ['names', 'requests'],
  },
];

/** Engines on several machines, which do not all offer the same. */
const onMachines = (breakage: Breakage, ...more: readonly Seldom[]): Breakage => ({ ...breakage, often: ['machines', ...more] });
const anyHost = (text: string): string =>
  text.replaceAll('r.host is null or r.host = ?', 'r.host is null or r.host <> ? or 1 = 1');
const machineMutations: readonly Breakage[] = [
  onMachines({ name: 'engines work for other machines', store: (store) => store, sql: anyHost }),
  onMachines(
    turns('what is made is bound to no machine', (request) => ({
      ...request,
      intents: request.intents.map((intent) => ({ ...intent, host: null })),
    })),
  ),
  onMachines(
    rewriting('what lost calls made is looked for on any machine', 'insert into tombstone', 'r.type, r.host,', 'r.type, null,'),
    'requests',
  ),
  onMachines(
    rewriting(
      'what lost calls made is looked for by whoever comes',
      'from tombstone',
      'type in @names',
      '(type in @names or 1 = 1)',
    ),
    'requests',
  ),
  onMachines(
    rewriting('a stack within is compiled by whoever comes', 'e.value not in @names', 'd.needs is not null', '1 = 0'),
    'stacks',
  ),
];

/** What has to do with the settings of providers. */
const accountMutations: readonly Breakage[] = [
  items('an object is looked for with the settings of nobody', (item) => ({ ...item, settings: null })),
  turns('what is made does not remember its settings', ({ intents, ...request }) => ({
    ...request,
    intents: intents.map((intent) => ({ ...intent, settingId: null })),
  })),
  rewriting(
    'what lost calls made is looked for with no settings',
    'insert into tombstone',
    'r.host, r.setting_id',
    'r.host, null',
  ),
].map((breakage) => ({ ...breakage, often: ['accounts', 'requests'] }));

const keeping = (s: Settlement, change: (patch: ResourcePatch) => ResourcePatch): Settlement =>
  'patch' in s && s.patch ? ({ ...s, patch: change(s.patch) } as Settlement) : s;

/** What types keep, in the form of their version. */
const upgradeMutations: readonly Breakage[] = [
  items('what a type kept is taken to be in its present form', (item) => ({
    ...item,
    resource: { ...item.resource, schemaVersion: 1 },
  })),
  settlements('what a type kept is recorded under no new version', (s) =>
    'patch' in s && s.patch?.schemaVersion !== undefined ? keeping(s, ({ schemaVersion: _, ...patch }) => patch) : s,
  ),
  settlements('what was migrated is recorded under the new version, and not kept', (s) =>
    'patch' in s && s.patch?.schemaVersion === 2 && s.patch.state !== undefined && s.patch.action !== 'CREATE'
      ? keeping(s, ({ state: _, ...patch }) => patch)
      : s,
  ),
].map((breakage) => ({ ...breakage, often: ['upgrades'] }));

/** What an environment forbids. */
const restrictedMutations: readonly Breakage[] = (['update', 'replace'] as const).map((action) => ({
  ...items(`${action} is done though it is restricted`, (item) => ({
    ...item,
    asked: { ...item.asked, restrictedActions: item.asked.restrictedActions.filter((one) => one !== action) },
  })),
  often: ['restrictions', 'requests'],
}));

/** How much time a stack has, and a name with what it took over. */
const laterMutations: readonly Breakage[] = [
  {
    ...rewriting(
      'what is asked for in a pause gets the whole of it back',
      'update traversal set deadline = deadline + case',
      '- (started_at - ?)',
      '- 0 * (started_at - ?)',
    ),
    often: ['operators', 'requests'],
  },
  {
    ...rewriting(
      'the time of a nested stack goes on when it has converged',
      'update traversal set deadline = null where',
      'set deadline = null where',
      'set deadline = deadline where',
    ),
    often: ['stacks'],
  },
  rewriting(
    'what a name took over passes for made',
    'update resource set marked = null, replaced_by = null, name = k.name',
    'then definition else null end',
    'then null else null end',
  ),
];

/** Stacks within stacks. */
const nestedMutations: readonly Breakage[] = [
  settlements('a nested stack is cleaned up before the barrier', asCleanedUp),
  rewriting(
    'superseding the root supersedes what has converged within',
    'update traversal set state = ?, ended_at = ?, deadline = null, reason = ?',
    'where stack_id = ? and number = ?',
    `where (stack_id = ? and number = ?) or (state = 'converged' and stack_id in (select id from stack where root_id = ?4))`,
  ),
  rewriting(
    'a nested stack that has ended wakes nobody',
    `engine_id = null where resource_id = ? and state = 'nested'`,
    'where resource_id = ?',
    'where 1 = 0 and resource_id = ?',
  ),
  settlements('what a nested stack formerly required is forgotten before it is cleaned up', (s) =>
    s.kind === 'done' && s.keepRecorded ? { ...s, keepRecorded: false } : s,
  ),
  rewriting(
    'the barrier completes nothing within',
    'select s.*, r.doubt as unread',
    'where r.stack_id = ?',
    'where 1 = 0 and r.stack_id = ?',
  ),
  without('what is asked of a nested stack alone leaves no doubt above', 'update resource set doubt = 1 where id = ?'),
  rewriting(
    'a nested stack that is retained stays nested',
    'update stack set parent_id = null',
    'where id = ?',
    'where id = ? and 1 = 0',
  ),
  rewriting(
    'what is still referred to in a nested stack goes with the rest',
    'r.marked > k.first',
    '(r.marked is null or r.marked > k.first)',
    '0 = 1',
  ),
  rewriting(
    'a nested stack is held by what used it, but not at that time',
    'q.since, q.until, q.again, q.last, q.breaks',
    'q.since, q.until, q.again, q.last, q.breaks',
    'q.since, null as until, null as again, q.last, null as breaks',
  ),
  rewriting(
    'former versions in a nested stack that stays go at once',
    'u.marked is not null or c.id is not null',
    '? = 0 or u.marked is not null',
    '? = 0 or 0 = 1 and u.marked is not null',
  ),
  rewriting(
    'a nested stack never lets go of what it required before',
    'delete from requirement where stack_id = ? and resource_id = ? and required_id in',
    'required_id in',
    '0 = 1 and required_id in',
  ),
  items('a rollback makes what is nested anew', (item) =>
    item.nested === null ? item : { ...item, nested: { ...item.nested, restoring: false } },
  ),
  items('a nested stack that is marked unhealthy is replaced', (item) =>
    item.nested === null ? item : { ...item, resource: { ...item.resource, forced: item.resource.unhealthy } },
  ),
  items('what has changed within a nested stack is told to nobody', (item) =>
    item.nested?.child ? { ...item, nested: { ...item.nested, child: { ...item.nested.child, inside: '' } } } : item,
  ),
  settlements('what is begun in a nested stack is dropped', (s) =>
    s.kind === 'nest' && s.begin.kind === 'start' ? { kind: 'release', claim: s.claim } : s,
  ),
  items('a nested stack that failed passes for one that reached its goal', (item) =>
    item.nested?.child?.state === 'failed'
      ? { ...item, nested: { ...item.nested, child: { ...item.nested.child, state: 'complete', goalOutcome: 'complete' } } }
      : item,
  ),
];

export const mutations: readonly Breakage[] = [
  rewriting(
    'no epoch check when an operation is settled',
    'delete from operation where (resource_id, epoch)',
    /where \(resource_id, epoch\) in \(select resource_id, epoch from/,
    'where resource_id in (select resource_id from',
  ),
  rewriting('claims of nodes do not raise the epoch', "update node set state = 'claimed'", 'epoch = epoch + 1', 'epoch = epoch'),
  rewriting(
    'claims of operations do not raise the epoch',
    "update operation set state = 'running', engine_id = k.engine_id",
    'epoch = epoch + 1',
    'epoch = epoch',
  ),
  rewriting(
    'claimed nodes are claimed again',
    "n.state = 'ready' and (r.type in",
    "n.state = 'ready'",
    "n.state in ('ready', 'claimed')",
  ),
  without('the end of an operation wakes nobody', 'update node set awaits = 0, unmet = unmet - 1'),
  rewriting(
    'the last requirement does not make ready',
    'update node set unmet = unmet - d.n',
    "then 'ready' else",
    'then state else',
  ),
  without('a failure skips nobody', "update node set state = 'skipped'"),
  rewriting('a traversal has no edges', 'insert into edge', /$/, ' where 1 = 0'),
  rewriting(
    'operations of dead engines stay theirs',
    "state <> 'sleeping' and engine_id is not null and engine_id not in (select id from engine) returning resource_id",
    'where stack_id in',
    'where 1 = 0 and stack_id in',
  ),
  rewriting(
    'nodes of dead engines stay theirs',
    "state = 'claimed' and engine_id not in (select id from engine) returning id",
    'where stack_id in',
    'where 1 = 0 and stack_id in',
  ),
  neverFreed,
  neverSwept,
  blindLease,
  intentAfterCall,
  rewriting(
    'what is not wanted is not marked',
    'update resource set marked = ? where id in',
    /where id in/,
    'where 1 = 0 and id in',
  ),
  without('what is wanted again stays marked', 'update resource set marked = null, replaced_by = null where id in'),
  without('a superseded traversal keeps its nodes', 'delete from node where stack_id = ?'),
  rewriting('events have gaps', 'event_seq = event_seq + k.added', '+ k.added', '+ k.added + 1'),
  rewriting(
    'an intent leaves no doubt',
    "status = 'IN_PROGRESS', reason = k.reason,",
    'then doubt else 1 end',
    'then doubt else 0 end',
  ),
  rewriting(
    'operation numbers do not rise',
    'operation_number = operation_number + 1',
    'operation_number = operation_number + 1',
    'operation_number = operation_number',
  ),
  rewriting(
    'a complete goal is not the rollback point',
    'update stack set complete_goal = ?',
    'where id = ?',
    'where id = ? and 1 = 0',
  ),
  rewriting(
    'a goal is the rollback point from its start',
    'update stack set goal = ?, traversal = ?',
    'update stack set goal',
    'update stack set complete_goal = goal + 1, goal',
  ),
  rewriting('lost tokens are not buried', 'insert into tombstone', 'token is not null', 'token is not null and 1 = 0'),
  rewriting('requirements are not recorded', 'insert into requirement', /where (true|exists)/, 'where 1 = 0 and $1'),
  rewriting(
    'membership is never closed',
    'update membership set until = ? where stack_id = ? and until is null and name in',
    'until is null',
    'until is null and 1 = 0',
  ),
  rewriting('attempts are not counted', 'attempts = attempts + k.more', 'attempts = attempts + k.more', 'attempts = attempts'),
  rewriting(
    'operations sleep for ever',
    "else 'sleeping' end, engine_id = null, wake_at",
    'wake_at = k.wake_at',
    'wake_at = null',
  ),
  rewriting(
    'the replaced version stays wanted',
    'update resource set replaced_by = k.replaced_by, marked = k.goal',
    'marked = k.goal',
    'marked = null',
  ),
  without('what is gone keeps its memberships', 'delete from membership where resource_id'),
  without('a version that was replaced again keeps its membership', 'delete from membership where (stack_id, name, since)'),
  without('a gone resource keeps its requirements', 'delete from requirement where stack_id = ? and resource_id in'),
  rewriting('a revision never rises', 'revision = revision + 1', 'revision = revision + 1', 'revision = max(revision, 1)'),
  rewriting(
    'counters are not lowered',
    'converge_left = converge_left - k.converge',
    'converge_left - k.converge',
    'converge_left - 0 * k.converge',
  ),
  rewriting(
    'counters are lowered twice',
    'converge_left = converge_left - k.converge',
    'converge_left - k.converge',
    'converge_left - 2 * k.converge',
  ),
  items('what must be kept is deleted', (item) => ({ ...item, resource: { ...item.resource, deletionPolicy: 'delete' } })),
  items('what was only adopted is deleted', (item) => ({ ...item, resource: { ...item.resource, external: false } })),
  rewriting(
    'a stack is found by its name alone',
    'select * from stack where tenant = ? and name',
    'tenant = ?',
    `tenant <> '' || ?`,
  ),
  settlements('a failure tells a secret', (s) =>
    s.kind === 'failed' ? { ...s, failure: { ...s.failure, message: `${s.failure.message} ${canary}` } } : s,
  ),
  items('a lost operation is not looked for', (item) => ({ ...item, recover: false })),
  items('a node is worked on with a new token each time', (item) => ({ ...item, resource: { ...item.resource, token: null } })),
  settlements('an update that was lost or cut off is forgotten', (s) =>
    'patch' in s && s.patch?.late ? { ...s, patch: { ...s.patch, late: false } } : s,
  ),
  items('doubt is forgotten on the way', (item) => ({ ...item, resource: { ...item.resource, doubt: false } })),
  items('made from older outputs', (item) => ({
    ...item,
    required: new Map([...item.required].map(([name, o]) => [name, { ...o, attributes: { ...o.attributes, tag: 'old:0' } }])),
  })),
  settlements('a failure is recorded as success', asDone),
  settlements('a failed delete is recorded as done', asGone),
  settlements('outputs that an update changed are not recorded', (s) => {
    if (s.kind !== 'done' || s.patch?.action !== 'UPDATE' || s.patch.attributes === undefined) return s;
    const { attributes: _, ...patch } = s.patch;
    return { ...s, patch };
  }),
  settlements('the object is not remembered', (s) =>
    s.kind === 'done' && s.patch ? { ...s, patch: { ...s.patch, physicalId: null } } : s,
  ),
  settlements('a result is dropped', (s) => (s.kind === 'done' && s.claim.resourceId % 5 === 0 ? null : s)),
  settlements('requirements used are forgotten', (s) => (s.kind === 'done' ? { ...s, requirements: [] } : s)),
  settlements('a replacement deletes first', (s) => (s.kind === 'replace' ? { ...s, deleteFirst: true } : s)),
  items('what is asleep is taken to be awake', (item) => ({ ...item, resource: { ...item.resource, suspended: false } })),
  rewriting(
    'what a type kept about a former object is given for the new one',
    'update resource set action = k.action',
    "then 'null' else state end",
    'then state else state end',
  ),
  {
    ...rewriting(
      'what is made anew is taken to sleep',
      'update resource set action = k.action',
      "suspended = case when k.creates = 1 and coalesce(resource.token, '') <> k.token then 0 else suspended end",
      'suspended = suspended',
    ),
    often: ['requests', 'sleep'],
  },
  settlements('what did not fall asleep is taken to sleep', (s) =>
    (s.kind === 'again' || s.kind === 'failed') && s.patch?.action === 'SUSPEND'
      ? { kind: 'done', claim: s.claim, patch: { ...s.patch, status: 'COMPLETE' }, requirements: null }
      : s,
  ),
  rewriting(
    'what a call saves is forgotten',
    'update operation set progress = ?',
    'set progress = ?',
    'set progress = case when ? is null then progress else progress end',
  ),
  rewriting(
    'a limit counts no operations',
    'union all select o.resource_id from operation o)',
    'from operation o)',
    'from operation o where 1 = 0)',
  ),
  without('a cleared hook wakes nobody', "update node set state = 'ready', hook = null"),
  rewriting(
    'what rests at a hook outlives its traversal',
    'delete from node where stack_id = ?',
    /^delete from node where stack_id = \?$/,
    "delete from node where stack_id = ? and state <> 'hooked'",
  ),
  items('hooks are not seen', (item) => ({ ...item, asked: { ...item.asked, hooks: [] } })),
  items('a cleared hook is forgotten', (item) => ({ ...item, asked: { ...item.asked, cleared: [] } })),
  settlements('nobody rests at a hook after the deed', (s) => {
    if (s.kind !== 'done' && s.kind !== 'gone') return s;
    const { hook: _, ...rest } = s;
    return rest as Settlement;
  }),
  rewriting(
    'what was begun is not remembered',
    'update resource set action = k.action',
    'acted = coalesce(k.acted, resource.acted)',
    'acted = null',
  ),
  rewriting(
    'a new goal passes by what rests after its deed',
    'deletion_policy, victim, nested, acted, taken,',
    'nested, acted, taken,',
    'nested, null as acted, taken,',
  ),
  ...nameMutations,
  ...machineMutations,
  ...accountMutations,
  ...upgradeMutations,
  ...restrictedMutations,
  ...laterMutations,
  ...nestedMutations,
  ...historyMutations,
];

export function findMutation(name: string): Breakage {
  const found = [...mutations, ...lockMutations].find((mutation) => mutation.name === name);
  if (found === undefined) throw new Error(`there is no mutation ${name}`);
  return found;
}
