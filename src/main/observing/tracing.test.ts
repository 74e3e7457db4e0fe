/** Traces of a real run, written to a tracer that keeps what it is given. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Attributes, type Context, type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api';
import { openSetpoint } from '../setpoint.ts';

interface Kept {
  readonly name: string;
  readonly traceId: string;
  readonly parent: string;
  readonly id: string;
  readonly attributes: Attributes;
  error: string | null;
  ended: boolean;
}

function keepingTracer(): { tracer: Tracer; spans: Kept[] } {
  const spans: Kept[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, within?: Context): Span => {
    const parent = (within && trace.getSpanContext(within)) ?? { traceId: '', spanId: '' };
    const id = String(spans.length + 1).padStart(16, '0');
    const kept: Kept = {
      name,
      traceId: parent.traceId,
      parent: parent.spanId,
      id,
      attributes: options.attributes ?? {},
      error: null,
      ended: false,
    };
    spans.push(kept);
    const span: Partial<Span> = {
      spanContext: () => ({ traceId: kept.traceId, spanId: id, traceFlags: 1 }),
      setAttribute: () => span as Span,
      setStatus: ({ message }) => {
        kept.error = message ?? '';
        return span as Span;
      },
      end: () => {
        kept.ended = true;
      },
    };
    return span as Span;
  };
  return { tracer: { startSpan } as unknown as Tracer, spans };
}

test('a traversal is one trace, a node a span in it, a call a span below that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-traces-'));
  const { tracer, spans } = keepingTracer();
  const setpoint = await openSetpoint({ database: `sqlite:${join(folder, 'state.db')}`, allowLocal: false, tracer });
  try {
    setpoint.startEngine();
    const template = `heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: x } }
  b: { type: OS::Heat::TestResource, depends_on: a, properties: { fail: true } }
`;
    const accepted = await setpoint.submit('demo', {
      template: { name: 't.yaml', text: template },
      files: {},
      environments: [],
      parameters: {},
    });
    await setpoint.watch(accepted.stack, accepted.traversal);
  } finally {
    await setpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const nodes = spans.filter((span) => span.name.startsWith('converge '));
  assert.deepEqual(
    nodes.map((span) => span.name),
    ['converge a', 'converge b'],
  );
  assert.equal(new Set(spans.map((span) => span.traceId)).size, 1, 'one trace');
  assert.match(nodes[0]!.traceId, /^[0-9a-f]{32}$/);
  assert.equal(new Set(nodes.map((span) => span.parent)).size, 1, 'under the traversal');
  const calls = spans.filter((span) => span.name === 'OS::Heat::TestResource create');
  assert.deepEqual(
    calls.map((span) => span.parent),
    nodes.map((span) => span.id),
  );
  assert.equal(nodes[0]!.error, null);
  assert.notEqual(nodes[1]!.error, null);
  const whole = spans.find((span) => span.name === 'CREATE demo');
  assert.equal(whole?.parent, nodes[0]!.parent);
  assert.equal(whole?.attributes['setpoint.state'], 'failed');
  assert.ok(spans.every((span) => span.ended));
});
