/**
 * Operations that go on later: they rest in the database without a holder, with what is known so far, until their time comes.
 *
 * A batch is one set: an operation that begins by going to sleep gets its intent in the same transaction, and only if its claim stands.
 */
import type { Settlement } from '../../engine/ports/store.ts';
import { placeOf } from '../rows.ts';
import { type Act, query, queryRows, runRows } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { recordIntents } from './intents.ts';

export type Sleep = Extract<Settlement, { kind: 'sleep' }>;

interface Resting {
  readonly settlement: Sleep;
  /** The operation's. */
  readonly epoch: number;
}

export function* sleep(cx: ActContext, settlements: readonly Sleep[]): Act<void> {
  if (settlements.length === 0) return;
  const resting = [...settlements.filter((s) => s.claim.operation).map(goesOn), ...(yield* begin(cx, settlements))];
  const secrets = yield* loadSecrets(resting);
  const rows = yield* queryRows<{ resource_id: number; epoch: number }>(
    `update operation set state = case when state = 'stopped' then 'stopped' else 'sleeping' end, engine_id = null, wake_at = k.wake_at, progress = k.progress, reason = k.reason
     from @rows(id int, held int, wake_at int, progress text, reason text) k where operation.resource_id = k.id and operation.epoch = k.held
     returning resource_id, epoch`,
    resting.map(({ settlement: { claim, intent, progress, wakeAt, reason }, epoch }) => {
      const secret = intent?.secret ?? secrets.has(claim.resourceId);
      return [claim.resourceId, epoch, wakeAt, cx.vault.seal(progress, secret, placeOf(claim.resourceId, 'progress')), reason];
    }),
  );
  const asleep = new Set(rows.map((row) => `${row.resource_id}/${row.epoch}`));
  yield* runRows(
    `update resource set physical_id = k.physical_id, ${stateOfAnother('k.physical_id')} from @rows(id int, physical_id text) k where resource.id = k.id`,
    resting
      .filter(({ settlement: { claim, physicalId }, epoch }) => physicalId !== null && asleep.has(`${claim.resourceId}/${epoch}`))
      .map(({ settlement }) => [settlement.claim.resourceId, settlement.physicalId]),
  );
}

/** Where making goes on with another object, what was kept about the former one is not about it. */
export const stateOfAnother = (id: string): string =>
  `state = case when resource.action = 'CREATE' and resource.physical_id <> ${id} then 'null' else resource.state end`;

const goesOn = (settlement: Sleep): Resting => ({ settlement, epoch: settlement.claim.epoch });

/** Those that have no operation yet and may have one. */
function* begin(cx: ActContext, settlements: readonly Sleep[]): Act<Resting[]> {
  const fresh = settlements.flatMap((settlement) =>
    settlement.claim.operation || settlement.intent === null ? [] : [{ settlement, intent: settlement.intent }],
  );
  const answers = yield* recordIntents(
    cx,
    fresh.map(({ intent }) => intent),
    null,
  );
  return fresh.flatMap(({ settlement }, i) => {
    const answer = answers[i]!;
    return answer.kind === 'go' ? [{ settlement, epoch: answer.epoch }] : [];
  });
}

/** Of operations that had begun before, what they have in hand may be secret. */
function* loadSecrets(resting: readonly Resting[]): Act<ReadonlySet<number>> {
  const ids = resting.filter(({ settlement }) => settlement.intent === null).map(({ settlement }) => settlement.claim.resourceId);
  if (ids.length === 0) return new Set();
  const rows = yield* query<{ id: number }>('select id from resource where id in @ids and secret = 1', JSON.stringify(ids));
  return new Set(rows.map((row) => row.id));
}
