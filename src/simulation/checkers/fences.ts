/** I-05 a stale write changes nothing, I-06 a claim has one holder, I-16 one replacement per version, I-21 acceptance is atomic, I-25 everything is bounded. */
import type { Claim, StartAnswer, TurnRequest } from '../../engine/ports/store.ts';
import { kindOf } from '../kinds.ts';
import type { Change, Row } from '../mirror.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const truth = ['action', 'status', 'physical_id', 'inputs_sha', 'revision', 'doubt', 'definition', 'unhealthy'] as const;

export function checkFences(): Checker {
  /** Of the settlements and intents in the turn that is about to commit. */
  let stale = new Set<number>();
  let valid = new Set<number>();
  const replaced = new Set<string>();
  /** The last operation number of each resource. */
  const numbers = new Map<number, number>();
  return {
    invariants: ['I-05', 'I-16', 'I-21', 'I-25'],
    before(world, method, args) {
      stale = new Set();
      valid = new Set();
      if (method !== 'turn') return;
      const request = args[0] as TurnRequest;
      for (const { claim } of [...request.settlements, ...request.intents])
        (holds(world, claim) ? valid : stale).add(claim.resourceId as number);
      if (stale.size > 0) world.reach('stale claim');
    },
    commit(world, { method, changes, answer }) {
      for (const { table, before, after } of changes) {
        if (
          table === 'resource' &&
          before !== null &&
          after !== null &&
          stale.has(Number(after['id'])) &&
          !valid.has(Number(after['id']))
        ) {
          // How a nested stack's row stands its stack says, too, when it ends its part in this very turn.
          const own = after['nested'] === 1 ? truth.filter((column) => column !== 'status' && column !== 'doubt') : truth;
          const wrote = own.filter((column) => before[column] !== after[column]);
          if (wrote.length > 0)
            world.report('I-05', `a stale claim on ${after['name']}#${after['id']} changed ${wrote.join(', ')}`);
        }
        checkClaim(world, { table, before, after }, numbers);
        if (table === 'resource' && before === null && typeof after?.['replaces'] === 'number') {
          // By the node that has it now: the same commit may have begun another traversal.
          const node = changes.find((c) => c.table === 'node' && c.after?.['resource_id'] === after['id'])?.after;
          // Replaced for one name, it may be taken over by another, and replaced for that.
          const key = `${after['replaces']}/${after['name']}/${node?.['stack_id']}/${node?.['traversal']}`;
          if (replaced.has(key)) world.report('I-16', `version ${after['replaces']} was replaced twice in one traversal`);
          replaced.add(key);
          if (Number(after['replaces']) >= Number(after['id']))
            world.report('I-16', `version ${after['id']} replaces a newer one`);
        }
        if (table === 'node' && after !== null && Number(after['attempts']) > world.plan.maxAttempts + 3)
          world.report('I-25', `node ${after['traversal']}/${after['id']} was tried ${after['attempts']} times`);
        if (table === 'node' && after !== null && Number(after['replacements']) > 8)
          world.report('I-25', `node ${after['traversal']}/${after['id']} was replaced ${after['replacements']} times`);
      }
      if (method === 'startTraversal' && (answer as StartAnswer).kind === 'refused' && changes.length > 0)
        world.report('I-21', 'a refused request changed something');
      if (method === 'startTraversal' && (answer as StartAnswer).kind === 'started')
        checkAccepted(world, answer as StartAnswer & { kind: 'started' });
    },
    always(world) {
      checkBounds(world);
      for (const operation of world.mirror.rows.operation.values()) {
        const row = world.mirror.rows.resource.get(String(operation['resource_id']));
        if (
          operation['state'] === 'running' &&
          row !== undefined &&
          row['doubt'] === 0 &&
          kindOf(String(row['type'])).effects &&
          ['create', 'update'].includes(String(operation['kind']))
        )
          world.report('I-06', `${row['name']}#${row['id']} is under an operation and not in doubt`);
      }
    },
  };
}

/** Each claim is a new epoch, each operation a new number, and leaves doubt; changed outputs are a new revision. */
function checkClaim(world: World, { table, before, after }: Change, numbers: Map<number, number>): void {
  if (after === null) return;
  const taken = after['engine_id'] !== null && before !== null && before['engine_id'] !== after['engine_id'];
  if (table === 'node' && taken && after['state'] === 'claimed') {
    if (Number(after['epoch']) <= Number(before['epoch']))
      world.report('I-06', `node ${after['traversal']}/${after['id']} was claimed without a new epoch`);
    if (before['state'] !== 'ready')
      world.report(
        'I-06',
        `node ${after['traversal']}/${after['id']} was ${before['state']} by ${before['engine_id']} and claimed by ${after['engine_id']}`,
      );
    checkAlone(world, after);
  }
  if (table === 'operation') {
    const resourceId = Number(after['resource_id']);
    if (taken && Number(after['epoch']) <= Number(before['epoch']))
      world.report('I-06', `the operation on ${resourceId} was claimed without a new epoch`);
    if (before === null && Number(after['number']) <= (numbers.get(resourceId) ?? 0))
      world.report('I-06', `operation ${after['number']} on ${resourceId} is no new one`);
    numbers.set(resourceId, Math.max(numbers.get(resourceId) ?? 0, Number(after['number'])));
  }
  if (
    table === 'resource' &&
    before !== null &&
    before['revision'] !== 0 &&
    after['status'] === 'COMPLETE' &&
    before['revision'] === after['revision'] &&
    before['attributes'] !== after['attributes'] &&
    before['secret'] === 0 &&
    after['secret'] === 0
  ) {
    world.report('I-01', `the outputs of ${after['name']}#${after['id']} changed without a new revision`);
  }
}

/** Whether the claim is good, as the rows stand. */
function holds(world: World, claim: Claim): boolean {
  const { rows } = world.mirror;
  if (claim.operation) return rows.operation.get(String(claim.resourceId))?.['epoch'] === claim.epoch;
  const node = rows.node.get(`${claim.stackId}/${claim.traversal}/${claim.nodeId}`);
  return node !== undefined && node['state'] === 'claimed' && node['epoch'] === claim.epoch;
}

function checkAccepted(world: World, answer: StartAnswer & { kind: 'started' }): void {
  const { rows } = world.mirror;
  const stack = rows.stack.get(String(answer.stack.id));
  if (stack === undefined || Number(stack['traversal']) < answer.traversal) {
    world.report('I-21', 'an accepted request is not in the database');
    return;
  }
  if (!rows.traversal.has(`${answer.stack.id}/${answer.traversal}`))
    world.report('I-21', `traversal ${answer.traversal} was accepted and is not stored`);
}

/** No more versions of a name than requests and retries can explain. */
function checkBounds(world: World): void {
  const counts = new Map<string, number>();
  for (const row of world.mirror.rows.resource.values()) {
    const key = `${row['stack_id']}/${row['name']}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts)
    if (count > 4 + 2 * world.history.count()) world.report('I-25', `${count} versions of ${key}`);
}

/** Nobody else works on the version, for another node. */
function checkAlone(world: World, node: Row): void {
  const { rows } = world.mirror;
  const workedOn = (one: Row) => one['victim'] ?? one['resource_id'];
  const version = workedOn(node);
  const same = [...rows.node.values()].filter((one) => one['state'] === 'claimed' && workedOn(one) === version);
  if (same.length > 1) world.report('I-06', `version ${version} is worked on for ${same.length} nodes`);
  if (rows.operation.has(String(version))) world.report('I-06', `version ${version} is under an operation and claimed`);
}
