/** Broken engines of what is kept and told: purges that take too much, and senders of events that lose some. */
import { type Breakage, rewriting } from './breakage.ts';
import type { Sending } from './wrapped-store.ts';

/** Whoever takes events and dies, or can't send one, leaves those that follow unsent. */
const takenForSent: Breakage = {
  name: 'what a sender took passes for sent',
  store: (store) => store,
  sql: null,
  sending(store): Sending {
    const upTo = new Map<string, number>();
    const keyOf = (stackId: number, id: string): string => `${stackId}/${id}`;
    return {
      async takeSinks(request) {
        const taken = await store.takeSinks(request);
        for (const sink of taken) upTo.set(keyOf(sink.stackId, sink.id), sink.upTo);
        return taken;
      },
      noteSent: (note) => store.noteSent({ ...note, sent: upTo.get(keyOf(note.stackId, note.id)) ?? note.sent }),
    };
  },
};

export const historyMutations: readonly Breakage[] = [
  rewriting('the last complete goal is purged', 'number <> ?', 'number <> ?', '? is not null'),
  rewriting(
    'events of the current traversal are purged',
    'select seq from event where stack_id = ? and (at >= ? or traversal >= ?)',
    'traversal >= ?',
    '? < 0',
  ),
  rewriting(
    'what an event sink waits for is purged',
    'select sent, ttl_ms from event_sink where stack_id = ? and sent < ?',
    'and sent < ?',
    'and sent < ? and 1 = 0',
  ),
  rewriting(
    'a traversal is purged under an operation',
    'delete from traversal where stack_id = ? and number < ?',
    'where o.stack_id = traversal.stack_id',
    'where 1 = 0 and o.stack_id = traversal.stack_id',
  ),
  takenForSent,
  rewriting(
    'the last events of a stack that is gone are not sent',
    'delete from event_sink where stack_id = ? and id = ? and exists',
    'and s.event_seq <= event_sink.sent',
    '',
  ),
  {
    name: 'two senders are at one sink',
    store: (store) => store,
    sql: (text) =>
      text.startsWith('update event_sink set holder = ?')
        ? text
            .replace('(k.held_until is null or k.held_until <= ?)', '? is not null')
            .replace('(event_sink.held_until is null or event_sink.held_until <= ?)', '? is not null')
        : text.startsWith('select k.stack_id, k.id from event_sink k')
          ? text.replace('(k.held_until is null or k.held_until <= ?)', '? is not null')
          : text,
  },
  rewriting(
    'who hears of nested stacks is not turned with the root',
    'from stack where root_id = ? and id <> ? and deleted_at is null',
    'deleted_at is null',
    'deleted_at is null and 1 = 0',
  ),
];
