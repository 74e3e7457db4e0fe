/**
 * Reality: the simulated provider's own inventory and its log of calls. It knows nothing of the database.
 *
 * Every effect is one synchronous function here. It keeps the provider's side of the contract: an idempotent create gives the same object for
 * the same token, an update or delete with an older operation number is refused, a delete of what is gone succeeds.
 */
import type { JsonMap } from '../std/json.ts';
import { sameJson } from '../std/json.ts';
import { kindOf, type SimKind, stubbornness } from './kinds.ts';

export interface Phys {
  readonly id: string;
  readonly token: string;
  readonly kind: string;
  readonly stack: string;
  readonly name: string;
  properties: JsonMap;
  operation: number;
  half: boolean;
  suspended: boolean;
  /** Other people broke it: whoever looks can tell. */
  broken: boolean;
  /** Other people changed it since the engine did. */
  meddled: boolean;
  /** Other people made it, and nobody of ours has taken it. */
  foreign: boolean;
  readonly madeAt: number;
  /** The machine that it is on; null where it is on none. */
  readonly host: string | null;
  /** Those who come with settings of another one do not see it; null where all see it. */
  readonly account: string | null;
}

/** The provider says no. */
export class Conflict extends Error {}

export interface Making {
  readonly kind: SimKind;
  readonly token: string;
  readonly stack: string;
  readonly name: string;
  readonly properties: JsonMap;
  readonly operation: number;
  readonly half: boolean;
  /** It was begun by an earlier call, which gave the object's id: nothing new is made. */
  readonly again: boolean;
  readonly now: number;
  /** The machine that it is made on; null where it is on none. */
  readonly host: string | null;
  readonly account: string;
}

export type Changing = Pick<Making, 'properties' | 'operation' | 'half' | 'account'>;
export type Toggling = Pick<Making, 'operation' | 'account'> & { readonly suspended: boolean };

const isSeen = (phys: Phys, account: string): boolean => phys.account === null || phys.account === account;

export class Reality {
  readonly live = new Map<string, Phys>();
  readonly byToken = new Map<string, Phys>();
  /** Objects ever made with a token. */
  readonly made = new Map<string, number>();
  /** Changes with every effect. */
  version = 0;
  /** Of callers that lived to see them. */
  /** What other people have, as they have it. */
  readonly foreigners = new Map<string, JsonMap>();
  private serial = 0;
  private readonly spent = new Set<string>();

  make(making: Making): Phys {
    const { kind, token } = making;
    const known = this.find(token, making.account);
    if (known !== undefined && (kind.idempotent || making.again)) return this.finish(known, making);
    if (making.again && !kind.idempotent) throw new Conflict(`what was begun with the token ${token} is gone`);
    if (this.spent.has(token) && !kind.find) throw new Conflict(`the token ${token} was used already`);
    const rival = this.rivalOf(kind, making);
    if (rival !== undefined) throw new Conflict(`${rival.id} is there already`);
    this.serial++;
    const phys: Phys = {
      id: `${kind.prefix}${this.serial}`,
      token,
      kind: kind.name,
      stack: making.stack,
      name: making.name,
      properties: making.properties,
      operation: making.operation,
      half: making.half,
      suspended: false,
      broken: false,
      meddled: false,
      foreign: false,
      madeAt: making.now,
      host: making.host,
      account: making.account,
    };
    this.put(phys);
    this.made.set(token, (this.made.get(token) ?? 0) + 1);
    return phys;
  }

  /** Of the account, by its token. */
  find(token: string, account: string): Phys | undefined {
    const last = this.byToken.get(token);
    if (last === undefined || isSeen(last, account)) return last;
    return [...this.live.values()].find((phys) => phys.token === token && isSeen(phys, account));
  }

  /** Of the account, by its id. */
  see(id: string, account: string): Phys | undefined {
    const phys = this.live.get(id);
    return phys && isSeen(phys, account) ? phys : undefined;
  }

  private finish(phys: Phys, making: Making): Phys {
    if (!(phys.half || phys.broken) || phys.operation > making.operation) return phys;
    phys.broken = false;
    phys.half = making.half;
    phys.properties = making.properties;
    phys.operation = making.operation;
    phys.meddled = false;
    this.touch();
    return phys;
  }

  /** Another object with the same path or slot. */
  private rivalOf(kind: SimKind, { properties, host }: Pick<Phys, 'properties' | 'host'>, self?: Phys): Phys | undefined {
    const others = (isRival: (phys: Phys) => boolean) => [...this.live.values()].find((p) => p !== self && isRival(p));
    const called = kind.identityOf?.(properties) ?? null;
    if (called !== null) return others((p) => p.kind === kind.name && kind.identityOf!(p.properties) === called);
    const { unique } = kind;
    const wanted = unique === null ? null : (properties[unique] ?? null);
    if (unique === null || wanted === null) return undefined;
    return others((p) => kindOf(p.kind).unique === unique && p.host === host && sameJson(p.properties[unique] ?? null, wanted));
  }

  change(id: string, { account, properties, operation, half }: Changing): Phys {
    const phys = this.see(id, account);
    if (phys === undefined) throw new Conflict(`there is no ${id}`);
    this.refuseOlder(phys, operation);
    const kind = kindOf(phys.kind);
    const rival = this.rivalOf(kind, { properties, host: phys.host }, phys);
    if (rival !== undefined) throw new Conflict(`${rival.id} is there already`);
    if (phys.suspended && kind.wakesToUpdate) throw new Conflict(`${id} is suspended`);
    const stubborn = kind.stubborn ? stubbornness(phys.properties, properties) : null;
    if (stubborn !== null) throw new Conflict(`of ${id}, ${stubborn}`);
    phys.operation = operation;
    phys.broken = false;
    phys.properties = half ? { ...properties, a: `half-${String(properties['a'])}` } : properties;
    phys.half = half;
    phys.meddled = false;
    this.touch();
    return phys;
  }

  suspend(id: string, { account, suspended, operation }: Toggling): Phys {
    const phys = this.see(id, account);
    if (phys === undefined) throw new Conflict(`there is no ${id}`);
    this.refuseOlder(phys, operation);
    phys.operation = operation;
    phys.suspended = suspended;
    this.touch();
    return phys;
  }

  private refuseOlder({ id, operation: seen }: Phys, operation: number): void {
    if (seen > operation) throw new Conflict(`${id} has seen operation ${seen} already`);
  }

  /** By people, when no operation is told. */
  remove(id: string, operation = Number.POSITIVE_INFINITY): void {
    const phys = this.live.get(id);
    if (phys === undefined) return;
    this.refuseOlder(phys, operation);
    this.live.delete(id);
    if (this.byToken.get(phys.token) === phys) this.byToken.delete(phys.token);
    this.spent.add(phys.token);
    this.touch();
  }

  /** It is another object by now, which its token finds as well. */
  move(phys: Phys): Phys {
    this.serial++;
    const moved = { ...phys, id: `${kindOf(phys.kind).prefix}${this.serial}` };
    this.live.delete(phys.id);
    this.put(moved);
    return moved;
  }

  /** Other people break it. */
  break(id: string): void {
    const phys = this.live.get(id)!;
    phys.broken = true;
    phys.meddled = true;
    this.touch();
  }

  /** Other people change it. */
  meddle(id: string): void {
    const phys = this.live.get(id)!;
    phys.properties = { ...phys.properties, a: 'meddled' };
    phys.meddled = true;
    this.touch();
  }

  /** Whether somebody holds the path or slot. */
  isTaken(kind: SimKind, name: string): boolean {
    return this.rivalOf(kind, { properties: { [kind.unique!]: name }, host: null }) !== undefined;
  }

  /** Somebody else's object, which must survive everything. */
  placeForeign(kind: SimKind, properties: JsonMap, id = `foreign${this.serial + 1}`): void {
    this.serial++;
    this.foreigners.set(id, properties);
    this.put({
      id,
      token: `foreign-${this.serial}`,
      kind: kind.name,
      stack: '',
      name: '',
      properties,
      operation: 0,
      half: false,
      suspended: false,
      broken: false,
      meddled: false,
      foreign: true,
      madeAt: 0,
      host: null,
      account: null,
    });
  }

  /** It is taken over by import: ours from now on. */
  own(id: string): void {
    const phys = this.live.get(id);
    if (phys !== undefined) phys.foreign = false;
    this.foreigners.delete(id);
  }

  private put(phys: Phys): void {
    this.live.set(phys.id, phys);
    this.byToken.set(phys.token, phys);
    this.touch();
  }

  private touch(): void {
    this.version++;
  }
}
