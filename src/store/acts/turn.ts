/**
 * A turn: settle what ended, record what is intended, claim what is ready; one transaction.
 *
 * It waits for one tree only, that of its oldest result; further trees join if they are free, and what belongs to the others is postponed
 * to the next turn. So engines that work on the same stacks never wait for each other in a row, and never in a circle.
 */
import type { Settlement, StackId, TurnAnswer, TurnRequest } from '../../engine/ports/store.ts';
import type { Act } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { claimWork } from './claim.ts';
import { recordIntents } from './intents.ts';
import { lockFirst } from './lock.ts';
import { settle } from './settle.ts';

export function* takeTurn(cx: ActContext, request: TurnRequest): Act<TurnAnswer> {
  const { settlements, intents } = request;
  const stackOf = (part: Pick<Settlement, 'claim'>): StackId => part.claim.stackId;
  const held = yield* lockFirst(cx, [...settlements.map(stackOf), ...intents.map(stackOf)]);
  const holds = (part: Pick<Settlement, 'claim'>): boolean => held.has(stackOf(part));
  const ended = yield* settle(cx, settlements.filter(holds), request.offer);
  const answers = (yield* recordIntents(cx, intents.filter(holds), request.engineId)).values();
  const claimed = yield* claimWork(cx, request, [...held]);
  return {
    intents: intents.map((intent) => (holds(intent) ? answers.next().value! : null)),
    claimed: claimed.items,
    dueAt: claimed.dueAt,
    enlisted: claimed.enlisted,
    served: claimed.served,
    ended,
    postponed: {
      settlements: settlements.filter((settlement) => !holds(settlement)),
      intents: intents.flatMap((intent, place) => (holds(intent) ? [] : [place])),
    },
  };
}
