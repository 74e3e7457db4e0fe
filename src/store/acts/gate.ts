/**
 * The gate: whether engines may claim, and whether requests are accepted, as the database's own rows say, so that it holds for every process.
 *
 * Paused: requests are accepted and what is under way ends, but nothing is claimed; while it lasts time stands still for whatever has a
 * deadline. Moving: an export drains what is under way; no request is accepted. Moved: another database took over, and nothing is done here.
 */
import type { Gate, StartAnswer } from '../../engine/ports/store.ts';
import { type Act, query, queryOne, run } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { holdGate, lockEvery } from './lock.ts';

/** For a statement of one's own: true while nothing may be claimed. */
export const isClosed = `exists (select 1 from meta where key in ('paused', 'moving', 'moved'))`;

/** Thrown where an engine would begin to work on a database that another one took over from. */
export class DatabaseMoved extends Error {
  override readonly name = 'DatabaseMoved';
}

interface Note {
  readonly at: number;
  readonly wallTime: number;
  readonly reason: string;
}

export function* readGate(): Act<Gate> {
  const rows = yield* query<{ key: string; value: string }>(
    `select key, value from meta where key in ('paused', 'moving', 'moved')`,
  );
  const notes = new Map(rows.map((row) => [row.key, JSON.parse(row.value) as Note]));
  for (const state of ['moved', 'moving', 'paused'] as const) {
    const note = notes.get(state);
    if (note) return { state, since: note.wallTime, reason: note.reason };
  }
  return { state: 'open' };
}

export function* closeGate(cx: ActContext, state: 'paused' | 'moving' | 'moved', reason: string): Act<boolean> {
  const note: Note = { at: cx.now, wallTime: cx.wallTime, reason };
  yield* holdGate(cx);
  const rows = yield* query(
    'insert into meta (key, value) values (?, ?) on conflict do nothing returning key',
    state,
    JSON.stringify(note),
  );
  return rows.length > 0;
}

/** False when it was not paused. Whatever had a deadline gets the time back that the pause took: of what was asked for meanwhile, since then. */
export function* unpause(cx: ActContext): Act<boolean> {
  yield* lockEvery(cx);
  const row = yield* queryOne<{ value: string }>(`delete from meta where key = 'paused' returning value`);
  if (row === undefined) return false;
  const { at, wallTime } = JSON.parse(row.value) as Note;
  const lost = Math.max(0, cx.now - at);
  // Requests have the wall clock's time, which may have been set back or forth.
  yield* run(
    `update traversal set deadline = deadline + case when started_at <= ? then ? when started_at >= ? then 0 else ? - (started_at - ?) end
     where deadline is not null and ended_at is null`,
    wallTime,
    lost,
    wallTime + lost,
    lost,
    wallTime,
  );
  yield* run(`update operation set deadline = deadline + ? where deadline is not null and state = 'sleeping'`, lost);
  return true;
}

/** An export begins. Gives a token for its end, or null when another one is under way. */
export function* beginMoving(cx: ActContext, reason: string): Act<string | null> {
  yield* throwIfMoved();
  if (!(yield* closeGate(cx, 'moving', reason))) return null;
  const row = yield* queryOne<{ value: string }>(`select value from meta where key = 'moving'`);
  return row?.value ?? null;
}

/** Everything is copied; engines that wait for the end of it learn that they have no place here. False when somebody opened the gate meanwhile: the copy is worth nothing. */
export function* finishMoving(token: string): Act<boolean> {
  const rows = yield* query(`update meta set key = 'moved' where key = 'moving' and value = ? returning key`, token);
  if (rows.length > 0) yield* run('delete from engine');
  return rows.length > 0;
}

/** An export that was given up before it was done: the one of that token, or whichever there is where none is named. False when there is none. */
export function* reopen(token: string | null): Act<boolean> {
  const rows =
    token === null
      ? yield* query(`delete from meta where key = 'moving' returning key`)
      : yield* query(`delete from meta where key = 'moving' and value = ? returning key`, token);
  return rows.length > 0;
}

/** Null when requests are accepted. */
export function* refuseIfMoved(): Act<(StartAnswer & { kind: 'refused' }) | null> {
  const gate = yield* readGate();
  if (gate.state !== 'moved' && gate.state !== 'moving') return null;
  return { kind: 'refused', code: 'DATABASE_MOVED', message: movedMessage(gate) };
}

export function* throwIfMoved(): Act<void> {
  const gate = yield* readGate();
  if (gate.state === 'moved') throw new DatabaseMoved(movedMessage(gate));
}

function movedMessage(gate: Exclude<Gate, { state: 'open' }>): string {
  const when = new Date(gate.since).toISOString();
  if (gate.state === 'moving')
    return `this database is being exported since ${when} (${gate.reason}): wait for its end; if the export was killed, setpoint unpause goes on here`;
  return `this database was exported at ${when} (${gate.reason}) and is not worked on any more: use the database that it was imported into (--database). If it was never imported, setpoint mark-restored makes this one live again`;
}
