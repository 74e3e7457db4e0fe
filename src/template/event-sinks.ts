/** The event_sinks section of an environment: where events are to be sent besides being kept. Handed over as data. */
import { isMap, type Json } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { type Path, within } from './path.ts';
import { checkKeys } from './template-sections.ts';

export interface EventSink {
  readonly type: 'zaqar-queue';
  /** The queue's name. */
  readonly target: string;
  /** How long an event is kept there. */
  readonly ttlSeconds: number;
}

const DEFAULT_TTL_SECONDS = 3_600;

/** The sinks that could be understood. */
export function readEventSinks(section: Json, path: Path, findings: Findings): readonly EventSink[] {
  if (Array.isArray(section)) return section.flatMap((sink, i) => readSink(sink, within(path, i), findings));
  findings.error('ENV-SECTION', path, 'event_sinks must be a list');
  return [];
}

function readSink(sink: Json, path: Path, findings: Findings): readonly EventSink[] {
  if (!isMap(sink) || sink['type'] !== 'zaqar-queue' || typeof sink['target'] !== 'string') {
    findings.error('ENV-SECTION', path, 'an event sink is written {type: zaqar-queue, target: NAME, ttl: SECONDS}');
    return [];
  }
  checkKeys(sink, ['type', 'target', 'ttl'], 'an event sink', path, findings);
  const ttl = sink['ttl'] ?? DEFAULT_TTL_SECONDS;
  if (typeof ttl === 'number' && ttl > 0) return [{ type: 'zaqar-queue', target: sink['target'], ttlSeconds: ttl }];
  findings.error('ENV-SECTION', within(path, 'ttl'), 'the ttl must be a number of seconds');
  return [];
}
