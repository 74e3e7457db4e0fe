/**
 * I-22, as receivers see it: each event of a stack reaches every sink of its goal, at least once, in order by its first arrival, unless it grew too
 * old on the way, which is counted; one sender at a time; and who hears of a stack is what the goal in force of its root says.
 */
import type { SentEvent } from '../../main/sinks/event-sink.ts';
import { emptyGoal, sinksOf } from '../goals.ts';
import { type Change, keyOf, type Row } from '../mirror.ts';
import { rootOf } from '../tree.ts';
import type { World } from '../world.ts';
import type { Checker, Commit } from './checker.ts';

/** What one receiver has of one stack. */
interface Heard {
  /** From here on it is to have everything. */
  from: number;
  readonly events: Set<number>;
}

export function checkSinks(): Checker {
  const heard = new Map<string, Heard>();
  return {
    invariants: ['I-22', 'I-26'],
    commit(world, commit) {
      for (const change of commit.changes) {
        if (change.table === 'event_sink') checkCursor(world, heard, commit, change);
        else if (change.table === 'event' && change.after === null) checkPurged(world, change.before!);
      }
    },
    sent: (world, target, event) => checkSent(world, heard, target, event),
    quiet(world) {
      if (world.mirror.rows.event_sink.size > 0 || heard.size > 0) checkAllSent(world);
    },
  };
}

const targetOf = (world: World, row: Row): string =>
  String(world.store.vault.open(String(row['target']), `sink/${row['stack_id']}/${row['id']}`));

const keyOfHeard = (stackId: unknown, target: string): string => `${stackId}/${target}`;

const eventAt = (world: World, stackId: unknown, seq: number): Row | undefined =>
  world.mirror.rows.event.get(`${stackId}/${seq}`);

/** Nobody need send it any more: it is older than it is worth. What was purged was, by the check of the purge. */
function isTooOld(world: World, sink: Row, event: Row | undefined): boolean {
  return event === undefined || world.clock.wallTime() - Number(event['at']) > Number(sink['ttl_ms']);
}

function checkCursor(world: World, heard: Map<string, Heard>, commit: Commit, { before, after }: Change): void {
  if (before === null) {
    const key = keyOfHeard(after!['stack_id'], targetOf(world, after!));
    const known = heard.get(key)?.events ?? new Set<number>();
    heard.set(key, { from: Number(after!['sent']), events: known });
    return;
  }
  const stackId = before['stack_id'];
  if (after === null) {
    checkGone(world, commit, before);
    const known = heard.get(keyOfHeard(stackId, targetOf(world, before)));
    if (known) known.from = Number.POSITIVE_INFINITY;
    return;
  }
  if (Number(after['sent']) < Number(before['sent']))
    world.report('I-05', `a sink of stack ${stackId} went back to event ${after['sent']}`);
  checkHolder(world, commit, before, after);
  checkProgress(world, heard, before, after);
}

function checkHolder(world: World, { args }: Commit, before: Row, after: Row): void {
  if (before['holder'] === null || after['holder'] === null || before['holder'] === after['holder']) return;
  const { now } = args[0] as { readonly now: number };
  if (Number(before['held_until']) > now)
    world.report('I-06', `${after['holder']} takes a sink of stack ${after['stack_id']} that ${before['holder']} holds`);
  world.reach('sink taken over');
}

function checkProgress(world: World, heard: ReadonlyMap<string, Heard>, before: Row, after: Row): void {
  const stackId = after['stack_id'];
  const target = targetOf(world, after);
  const has = heard.get(keyOfHeard(stackId, target))?.events ?? new Set();
  let missing = 0;
  for (let seq = Number(before['sent']) + 1; seq <= Number(after['sent']); seq++) {
    if (has.has(seq)) continue;
    missing++;
    if (!isTooOld(world, after, eventAt(world, stackId, seq)))
      world.report('I-22', `${target} never got event ${seq} of stack ${stackId}, which is noted as sent`);
  }
  if (missing === 0) return;
  world.reach('event given up');
  if (Number(after['dropped']) - Number(before['dropped']) < missing)
    world.report('I-22', `${missing} events of stack ${stackId} were not sent to ${target}, and ${after['dropped']} are counted`);
}

/** A sink goes when the goal has it no more, or when the stack is gone and everything of it was sent, or is too old. */
function checkGone(world: World, { method }: Commit, before: Row): void {
  if (method !== 'noteSent' && method !== 'purge') return;
  const stack = world.mirror.rows.stack.get(String(before['stack_id']));
  const last = Number(stack?.['event_seq'] ?? 0);
  for (let seq = Number(before['sent']) + 1; seq <= last; seq++) {
    const event = eventAt(world, before['stack_id'], seq);
    if (!isTooOld(world, before, event)) {
      world.report('I-22', `a sink of stack ${before['stack_id']} is gone, and event ${seq} was never sent to it`);
      return;
    }
  }
}

function checkPurged(world: World, event: Row): void {
  for (const sink of world.mirror.rows.event_sink.values()) {
    if (sink['stack_id'] !== event['stack_id'] || Number(sink['sent']) >= Number(event['seq'])) continue;
    if (!isTooOld(world, sink, event))
      world.report('I-22', `event ${event['seq']} of stack ${event['stack_id']} was purged, and a sink waits for it`);
  }
}

function checkSent(world: World, heard: Map<string, Heard>, target: string, { id, payload }: SentEvent): void {
  const [uuid, number] = id.split('.');
  const seq = Number(number);
  const stack = [...world.mirror.rows.stack.values()].find((row) => row['uuid'] === uuid);
  // It was purged with its stack before a late message came.
  if (stack === undefined) return;
  const event = eventAt(world, stack['id'], seq);
  if (event === undefined ? seq > Number(stack['event_seq']) : !isSame(event, payload))
    world.report('I-22', `${target} got an event ${seq} of ${stack['name']} that is not in the database so`);
  const own = heard.get(keyOfHeard(stack['id'], target));
  if (own === undefined) {
    world.report('I-22', `${target} got an event of ${stack['name']}, which never had that sink`);
    return;
  }
  if (own.events.has(seq)) {
    world.reach('event sent twice');
    return;
  }
  own.events.add(seq);
  const sink = [...world.mirror.rows.event_sink.values()].find(
    (row) => row['stack_id'] === stack['id'] && targetOf(world, row) === target,
  );
  if (sink === undefined) return;
  for (let earlier = own.from + 1; earlier < seq; earlier++)
    if (!own.events.has(earlier) && !isTooOld(world, sink, eventAt(world, stack['id'], earlier)))
      world.report('I-22', `${target} got event ${seq} of ${stack['name']} before event ${earlier}`);
}

function isSame(event: Row, payload: SentEvent['payload']): boolean {
  return (
    event['name'] === payload.resource_name &&
    event['action'] === payload.resource_action &&
    event['status'] === payload.resource_status
  );
}

function checkAllSent(world: World): void {
  const { event_sink: sinks, stack: stacks } = world.mirror.rows;
  for (const sink of sinks.values()) {
    const stack = stacks.get(String(sink['stack_id']));
    if (stack === undefined || stack['deleted_at'] !== null)
      world.report('I-26', `an event sink is left of a stack that is gone: ${keyOf('event_sink', sink)}`);
    else if (Number(sink['sent']) < Number(stack['event_seq']) || sink['holder'] !== null)
      world.report(
        'I-11',
        `a sink of ${stack['name']} is at ${sink['sent']} of ${stack['event_seq']}, held by ${sink['holder']}`,
      );
  }
  for (const stack of stacks.values()) if (stack['deleted_at'] === null) checkWhoHears(world, stack);
}

function checkWhoHears(world: World, stack: Row): void {
  const root = rootOf(world.mirror.rows, stack);
  const goal = world.goalNumbered(Number(root['id']), Number(root['goal']));
  // What is emptied tells those who heard of it before; what was nested once still does as it was.
  if (goal === emptyGoal || world.freed.has(Number(root['id']))) return;
  const wanted = sinksOf(goal).map(({ target }) => target);
  const own = [...world.mirror.rows.event_sink.values()].filter((row) => row['stack_id'] === stack['id']);
  const present = own.map((row) => targetOf(world, row));
  if (wanted.sort().join() !== present.sort().join())
    world.report('I-22', `${stack['name']} tells ${present.join() || 'nobody'}, not ${wanted.join() || 'nobody'}`);
}
