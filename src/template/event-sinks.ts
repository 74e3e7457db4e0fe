/**
 * The event_sinks section of an environment: where events are sent besides being kept. Who sends them, and whether to such a target, is for the
 * operator to say; a sink that nobody here serves is no mistake in a template that is at home elsewhere, but it is said.
 */
import { isMap, type Json } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import { checkKeys } from './template-sections.ts';

export interface EventSink {
  readonly type: string;
  /** A queue's name, an URL, a log's name: as the type has it. */
  readonly target: string;
  /** How long an event is worth sending. */
  readonly ttlSeconds: number;
}

/** What the operator has set up. */
export interface SinkCatalog {
  readonly types: readonly string[];
  /** Why events are not sent there; null when they are. Says nothing of the target that may be a secret. */
  refuse(sink: EventSink): string | null;
}

/** Heat's, and those that come along. */
const KNOWN = ['zaqar-queue', 'webhook', 'log'] as const;
const DEFAULT_TTL_SECONDS = 3_600;

export const noSinks: SinkCatalog = {
  types: [],
  refuse: ({ type }) =>
    type === 'zaqar-queue' ? 'its queue is in an OpenStack cloud' : 'no sinks of that type are set up in the configuration',
};

/** The sinks that could be understood. */
export function readEventSinks(section: Json, path: Path, catalog: SinkCatalog, findings: Findings): readonly EventSink[] {
  if (Array.isArray(section)) return section.flatMap((sink, i) => readSink(sink, within(path, i), catalog, findings));
  findings.error('ENV-SECTION', path, 'event_sinks must be a list');
  return [];
}

function readSink(given: Json, path: Path, catalog: SinkCatalog, findings: Findings): readonly EventSink[] {
  if (!isMap(given) || typeof given['type'] !== 'string' || typeof given['target'] !== 'string') {
    findings.error('ENV-SECTION', path, 'an event sink is written {type: TYPE, target: TARGET, ttl: SECONDS}');
    return [];
  }
  checkKeys(given, ['type', 'target', 'ttl'], 'an event sink', path, findings);
  const { type, target, ttl = DEFAULT_TTL_SECONDS } = given;
  if (typeof ttl !== 'number' || !Number.isFinite(ttl) || ttl <= 0) {
    findings.error('ENV-SECTION', within(path, 'ttl'), 'the ttl must be a number of seconds');
    return [];
  }
  const sink = { type, target, ttlSeconds: ttl };
  warnOf(sink, path, catalog, findings);
  return [sink];
}

/** Never an error: which types there are is for whoever sends to say, and that may be another process. */
function warnOf(sink: EventSink, path: Path, catalog: SinkCatalog, findings: Findings): void {
  const why = catalog.refuse(sink);
  if (why === null) return;
  const types = [...new Set([...KNOWN, ...catalog.types])];
  const hint = types.includes(sink.type) ? undefined : didYouMean(sink.type, types);
  findings.warning('ENV-SINK', path, `events are not sent to this ${sink.type}: ${why}`, { hint });
}
