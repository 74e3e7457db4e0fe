/**
 * What an engine does, as log records: failures, retries and take-overs for people, calls for whoever looks closely. Messages come from the
 * engine, which has masked what is secret in them; values of properties or settings are never told.
 */
import { blindObserver, type Observer } from '../../engine/ports/observer.ts';
import type { Logger } from '../../engine/ports/provider.ts';
import type { Settlement, WorkItem } from '../../engine/ports/store.ts';
import type { JsonMap } from '../../std/json.ts';

export function observeByLog(log: Logger, seconds: () => number): Observer {
  return {
    ...blindObserver,
    onTurn({ claimed }) {
      for (const item of claimed)
        if (item.recover)
          log.warn('took over an operation whose engine was lost', { ...whatOf(item), kind: item.operation?.kind ?? '' });
    },
    onFreed: (count) => log.warn('freed the work of dead engines', { count }),
    async aroundWork(item, work) {
      const settlement = await work();
      tellEnd(log, item, settlement);
      return settlement;
    },
    async aroundCall(item, verb, call) {
      const began = seconds();
      const result = await call();
      const fields = { ...whatOf(item), verb, result: result.kind, ms: Math.round((seconds() - began) * 1000) };
      if (result.kind === 'answer') log.debug('called a provider', fields);
      else log.info('a call of a provider did not end well', { ...fields, reason: result.message });
      return result;
    },
  };
}

function whatOf({ stack, resource, traversal, purpose }: WorkItem): JsonMap {
  return { stack: stack.name, resource: resource.name, version: resource.id, type: resource.type, traversal, purpose };
}

function tellEnd(log: Logger, item: WorkItem, settlement: Settlement | null): void {
  if (settlement?.kind === 'failed')
    log.warn('failed', { ...whatOf(item), code: settlement.failure.code, reason: settlement.failure.message });
  else if (settlement?.kind === 'retry') log.info('to be tried again', { ...whatOf(item), reason: settlement.failure.message });
  else log.debug(settlement?.kind ?? 'given up', whatOf(item));
}
