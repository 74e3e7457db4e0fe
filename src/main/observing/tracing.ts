/**
 * OpenTelemetry: a traversal is a trace, work on a node a span in it, a provider's call a span below that.
 *
 * Only the API is used: who embeds Setpoint, or starts it with an SDK preloaded, says where spans go. The trace's id is made from the database,
 * the stack and the traversal's number, so that all engines on all machines write into the same trace without speaking to each other; its
 * root is a parent that nobody sends. With no tracer given nothing of this is loaded.
 */

import { createHash } from 'node:crypto';
import { type Context, context, type Span, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { blindObserver, type Observer } from '../../engine/ports/observer.ts';
import type { ResourceId, Settlement, StackId, TraversalRow, WorkItem } from '../../engine/ports/store.ts';

export interface TracingParts {
  readonly tracer: Tracer;
  /** What tells this database from all others. */
  readonly incarnation: string;
  /** For the span of a traversal that has ended; null while it runs. */
  readTraversal(stackId: StackId, number: number): Promise<TraversalRow | null>;
}

export function observeByTraces(parts: TracingParts): Observer {
  const { tracer } = parts;
  const running = new Map<StackId, WorkItem>();
  const working = new Map<ResourceId, Context>();
  return {
    ...blindObserver,
    async aroundWork(item, work) {
      running.set(item.stack.id, item);
      const parent = contextOf(parts.incarnation, item);
      const span = tracer.startSpan(
        `${item.purpose} ${item.resource.name}`,
        { kind: SpanKind.INTERNAL, attributes: attributesOf(item) },
        parent,
      );
      const within = trace.setSpan(parent, span);
      working.set(item.resource.id, within);
      try {
        const settlement = await context.with(within, work);
        endBySettlement(span, settlement);
        return settlement;
      } finally {
        working.delete(item.resource.id);
        span.end();
      }
    },
    async aroundCall(item, verb, call) {
      const parent = working.get(item.resource.id) ?? context.active();
      const span = tracer.startSpan(
        `${item.resource.type} ${verb}`,
        { kind: SpanKind.CLIENT, attributes: attributesOf(item) },
        parent,
      );
      try {
        const result = await context.with(trace.setSpan(parent, span), call);
        if (result.kind !== 'answer') span.setStatus({ code: SpanStatusCode.ERROR, message: result.message });
        return result;
      } finally {
        span.end();
      }
    },
    onSettled(stacks) {
      for (const stackId of stacks) {
        const last = running.get(stackId);
        if (last) void tellEnded(parts, last).then((ended) => ended && running.delete(stackId));
      }
    },
  };
}

/** One span for the whole traversal, sent by whoever settled its last node; several engines may send it. */
async function tellEnded({ tracer, incarnation, readTraversal }: TracingParts, item: WorkItem): Promise<boolean> {
  const traversal = await readTraversal(item.stack.id, item.traversal).catch(() => null);
  if (traversal === null || traversal.endedAt === null) return false;
  const span = tracer.startSpan(
    `${traversal.action} ${item.stack.name}`,
    {
      startTime: traversal.startedAt,
      attributes: { ...stackAttributes(item), 'setpoint.state': traversal.state, 'setpoint.nodes': traversal.nodes },
    },
    contextOf(incarnation, item),
  );
  if (traversal.state === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: traversal.reason });
  span.end(traversal.endedAt);
  return true;
}

function contextOf(incarnation: string, { stack, traversal }: WorkItem): Context {
  const digest = createHash('sha256').update(`${incarnation}/${stack.uuid}/${traversal}`).digest('hex');
  return trace.setSpanContext(context.active(), {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function stackAttributes({ stack, traversal, goal }: WorkItem) {
  return {
    'setpoint.stack': stack.name,
    'setpoint.stack.id': stack.uuid,
    'setpoint.traversal': traversal,
    'setpoint.goal': goal,
  };
}

function attributesOf(item: WorkItem) {
  const { resource, recover } = item;
  return {
    ...stackAttributes(item),
    'setpoint.resource': resource.name,
    'setpoint.version': resource.id,
    'setpoint.type': resource.type,
    'setpoint.recover': recover,
  };
}

function endBySettlement(span: Span, settlement: Settlement | null): void {
  span.setAttribute('setpoint.settlement', settlement?.kind ?? 'given-up');
  if (settlement?.kind === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: settlement.failure.message });
}
