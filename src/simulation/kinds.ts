/** The simulated types as facts: what each can and can't do. sim-types.ts makes resource types of them. */

import type { JsonMap } from '../std/json.ts';

export interface SimKind {
  readonly name: string;
  readonly prefix: string;
  readonly effects: boolean;
  readonly find: boolean;
  readonly read: boolean;
  /** Has a way of its own to be checked. */
  readonly checks: boolean;
  readonly update: boolean;
  readonly idempotent: boolean;
  /** What it is can be seen from outside. */
  readonly visible: boolean;
  readonly halfMade: 'resume' | 'replace';
  readonly deleteFirst: boolean;
  readonly interruptible: boolean;
  /** Asks again so often before it is done. */
  readonly rounds: number;
  readonly timeoutMs: number | null;
  /** The property that no two live objects share, of whatever kind; where these are bound to a machine, none there. */
  readonly unique: 'path' | 'slot' | 'place' | null;
  /** The unique property is the object's identity, declared. */
  readonly identity: boolean;
  /** It is called otherwise in place; others are replaced. */
  readonly renames: boolean;
  readonly suspends: boolean;
  /** Suspended, it can not be changed. */
  readonly wakesToUpdate: boolean;
  /** By no schema: what it is can become some values only in another object. */
  readonly stubborn: boolean;
  readonly secret: boolean;
  /** A reference to it is not its id, and changes with what it is in place; of what is secret it is a secret. */
  readonly refers: boolean;
  /** It is on the machine of the engine that made it, and seen only there. */
  readonly hostBound: boolean;
  /** What the object is called in the world, where that is more than one property; no two live objects share it. */
  readonly identityOf?: (properties: JsonMap) => string | null;
}

const full: SimKind = {
  name: 'Sim::Full',
  prefix: 'full',
  effects: true,
  find: true,
  read: true,
  checks: false,
  update: true,
  idempotent: true,
  visible: true,
  halfMade: 'resume',
  deleteFirst: false,
  interruptible: false,
  rounds: 0,
  timeoutMs: 120_000,
  unique: null,
  identity: false,
  renames: false,
  suspends: true,
  wakesToUpdate: false,
  stubborn: false,
  secret: false,
  refers: false,
  hostBound: false,
};

export const kinds: readonly SimKind[] = [
  full,
  { ...full, name: 'Sim::NoFind', prefix: 'nofind', find: false, refers: true, stubborn: true },
  { ...full, name: 'Sim::Blind', prefix: 'blind', find: false, read: false, halfMade: 'replace', suspends: false, checks: true },
  { ...full, name: 'Sim::Neither', prefix: 'neither', find: false, idempotent: false, halfMade: 'replace' },
  { ...full, name: 'Sim::Opaque', prefix: 'opaque', visible: false, halfMade: 'replace', suspends: false },
  { ...full, name: 'Sim::Fixed', prefix: 'fixed', update: false, suspends: false },
  { ...full, name: 'Sim::First', prefix: 'first', deleteFirst: true, unique: 'slot' },
  { ...full, name: 'Sim::Path', prefix: 'path', unique: 'path', identity: true, suspends: false },
  { ...full, name: 'Sim::Named', prefix: 'named', unique: 'path', identity: true, renames: true, refers: true },
  { ...full, name: 'Sim::Slow', prefix: 'slow', interruptible: true, rounds: 2, timeoutMs: 300_000, checks: true },
  { ...full, name: 'Sim::Awake', prefix: 'awake', wakesToUpdate: true },
  { ...full, name: 'Sim::Secret', prefix: 'secret', secret: true },
  { ...full, name: 'Sim::Password', prefix: 'password', secret: true, refers: true },
  { ...full, name: 'Sim::Careless', prefix: 'careless', idempotent: false, interruptible: true, halfMade: 'replace', rounds: 1 },
  { ...full, name: 'Sim::Local', prefix: 'local', hostBound: true },
  { ...full, name: 'Sim::Place', prefix: 'place', hostBound: true, unique: 'place', identity: true, suspends: false },
  {
    ...full,
    name: 'Sim::Value',
    prefix: 'value',
    effects: false,
    find: false,
    read: false,
    suspends: false,
    timeoutMs: null,
    refers: true,
  },
  {
    ...full,
    name: 'Sim::Wait',
    prefix: 'wait',
    effects: false,
    find: false,
    read: false,
    interruptible: true,
    rounds: 1,
    refers: true,
  },
];

/** Without effects, but a call all the same: it takes its time, fails, and is asked again. */
export const takesTime = ({ effects, rounds }: SimKind): boolean => !effects && rounds > 0;

/** Making or changing it may be refused. */
export const canBeBad = (kind: SimKind): boolean => kind.effects || takesTime(kind);

/** Why what is so can not become that in place, of what is stubborn. */
export const stubbornness = (before: JsonMap, wanted: JsonMap): string | null =>
  wanted['a'] === '3' && ['0', '1', '2'].includes(String(before['a'])) ? 'a can become 3 in another object only' : null;

const known = new Map(kinds.map((kind) => [kind.name, kind]));

/** A template that is used as a type has no object of its own. */
const nested: SimKind = {
  ...full,
  name: 'a stack',
  prefix: 'stack',
  effects: false,
  find: false,
  read: false,
  suspends: false,
  timeoutMs: null,
};

export const kindOf = (name: string): SimKind => known.get(name) ?? nested;

/** Kinds in the likeness of real types, for people's own templates; names are never given away twice to different types in one process. */
export function addKind(kind: SimKind): void {
  known.set(kind.name, kind);
}
