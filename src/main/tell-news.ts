/**
 * Which of the store's acts other processes are told of: those that may give an engine something to do. Every act is in the table, so that a new
 * one can't be forgotten. What is told is a hint, and whoever misses it finds out by its next poll.
 */
import type { EngineId } from '../engine/ports/store.ts';
import type { DatabaseStore } from '../store/create-store.ts';

/** All that write. */
type ActName = Exclude<keyof DatabaseStore, 'vault' | 'checkRows' | `${'read' | 'find' | 'list' | 'count'}${string}`>;
type Asked<Name extends ActName> = Parameters<DatabaseStore[Name]>;
type Answer<Name extends ActName> = Awaited<ReturnType<DatabaseStore[Name]>>;
type News = { readonly [Name in ActName]: boolean | ((answer: Answer<Name>, ...asked: Asked<Name>) => boolean) };

const itself = (answer: boolean): boolean => answer;
const any = (count: number): boolean => count > 0;

const news: News = {
  startTraversal: ({ kind }) => kind === 'started',
  turn: (_, { settlements }) => settlements.length > 0,
  clearHooks: ({ kind }) => kind === 'cleared',
  stopStack: ({ kind }) => kind === 'stopped',
  sweep: any,
  freeDead: any,
  disown: true,
  retireEngine: true,
  setPriority: (stack) => stack !== null,
  setLimit: true,
  removeLimit: itself,
  unpause: itself,
  reopen: itself,
  markRestored: true,
  // Nothing is to be done because of these.
  registerEngine: false,
  renewLease: false,
  putSettings: false,
  saveProgress: false,
  takeTombstones: false,
  holderOf: false,
  endTombstone: false,
  purge: false,
  pause: false,
  beginMoving: false,
  voidClaims: false,
  finishMoving: false,
  writeCopy: false,
  takeSinks: false,
  noteSent: false,
  resealPage: false,
  noteHome: false,
};

/** The same store. `tell` is given the engine that knows already, where one asked. */
export function tellNews(store: DatabaseStore, tell: (by?: EngineId) => void): DatabaseStore {
  const telling = { ...store };
  for (const name of Object.keys(news) as ActName[]) tellOf(telling, name, tell);
  return telling;
}

function tellOf<Name extends ActName>(store: DatabaseStore, name: Name, tell: (by?: EngineId) => void): void {
  const isNews: News[Name] = news[name];
  if (isNews === false) return;
  const act = store[name] as (...asked: Asked<Name>) => Promise<Answer<Name>>;
  const told = async (...asked: Asked<Name>): Promise<Answer<Name>> => {
    const answer = await act(...asked);
    if (isNews === true || isNews(answer, ...asked)) tell(asker(asked[0]));
    return answer;
  };
  Object.assign(store, { [name]: told });
}

const asker = (request: unknown): EngineId | undefined => (request as { readonly engineId?: EngineId } | null)?.engineId;
