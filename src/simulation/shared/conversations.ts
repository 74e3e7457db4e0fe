/**
 * What processes say to the database they share, a statement at a time. The production driver runs the production acts; each statement of each is a
 * point, so that the scheduler decides whose goes next, and a transaction can be stopped between any two. What a real server does about locks,
 * snapshots and circles of waiting it does here: a statement that waits for a lock holds up nobody but its process.
 *
 * After each pick everything is waited for that the server is at, unless it waits for a lock, so that a walk is the same each time.
 */
import type pg from 'pg';
import { type Actor, settleMicrotasks } from '../kernel.ts';
import type { Prng } from '../prng.ts';
import type { Caller } from '../sim-types.ts';
import type { World } from '../world.ts';
import { Conversation, type Fate, type Server, type Standing } from './conversation.ts';
import type { ChangeCopier } from './copy-changes.ts';

/** Per mille of statements. */
interface Rates {
  readonly cut: number;
  readonly dies: number;
  readonly pauses: number;
}

export class Conversations implements Server {
  readonly world: World;
  readonly connections: pg.Pool;
  private readonly copier: ChangeCopier;
  private readonly open = new Set<Conversation>();
  /** What is waited for before anybody goes on. */
  private pending = 0;
  private wake: () => void = () => {};
  /** Statements that had waited for a lock and have been answered. */
  private late: Conversation[] = [];
  private answered: { readonly number: number; readonly then: () => void }[] = [];
  /** Something ended while another waited for a lock. */
  private hasEnded = false;
  private serial = 0;
  private readonly prng: Prng;
  private readonly rates: Rates;

  constructor(world: World, connections: pg.Pool, copier: ChangeCopier) {
    this.world = world;
    this.connections = connections;
    this.copier = copier;
    this.prng = world.stream('statements');
    this.rates = {
      cut: this.prng.pick([0, 0, 3, 15]),
      dies: this.prng.pick([0, 0, 2, 8]),
      pauses: this.prng.pick([0, 0, 3, 15]),
    };
  }

  async begin(caller: Caller): Promise<pg.PoolClient> {
    const number = ++this.serial;
    const client = await this.during(() => this.connections.connect());
    const conversation = new Conversation(this, caller, client, number);
    this.open.add(conversation);
    return conversation as unknown as pg.PoolClient;
  }

  isOver(conversation: Conversation): void {
    this.open.delete(conversation);
  }

  /** Before an act is run anew. */
  pause(caller: Caller): Promise<void> {
    this.world.reach('act run anew');
    return this.world.kernel.wait(caller, 'tries again', this.prng.below(20));
  }

  /** What happens instead of the next statement; only those are hit who can bear it. */
  fate({ name }: Actor): Fate | null {
    if (this.world.kernel.calm || !/^(engine|courier)/.test(name)) return null;
    if (this.prng.chance(this.rates.cut)) return 'cut';
    if (this.prng.chance(this.rates.dies)) return 'dies';
    return this.prng.chance(this.rates.pauses) ? 'pauses' : null;
  }

  async copy(): Promise<void> {
    await this.copier.follow(this.connections);
  }

  /** Nobody goes on before it is over. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await run();
    } finally {
      this.pending--;
      this.hasEnded ||= this.isAnyWaiting();
      this.wake();
    }
  }

  goesOn(standing: Standing, before: Standing): void {
    if (before === 'asking') this.pending--;
    if (standing === 'asking') this.pending++;
    else if (standing === 'idle') this.hasEnded ||= this.isAnyWaiting();
    this.wake();
  }

  private isAnyWaiting(): boolean {
    return [...this.open].some((one) => one.standing === 'waiting');
  }

  isAnswered({ number }: Conversation, then: () => void): void {
    this.answered.push({ number, then });
  }

  /** Told once everything has come to rest, in an order of their own. */
  isLate(conversation: Conversation): void {
    this.late.push(conversation);
  }

  /** The process is gone; where its machine is, too, the server does not hear of it. */
  bury(actor: Actor): void {
    for (const conversation of this.open) if (conversation.caller === actor) conversation.bury();
  }

  /** Until the server is at nothing, or waits for locks only. */
  async settle(): Promise<void> {
    do {
      for (const conversation of this.open) conversation.lookAgain();
      this.hasEnded = false;
      await settleMicrotasks();
      for (let looks = 0; this.pending > 0; looks++) {
        await this.somethingHappens(looks < 2 ? 1 : 3);
        await settleMicrotasks();
        if (this.pending > 0 && looks > 0) await this.findWaiting();
      }
      const answered = this.answered.sort((x, y) => x.number - y.number);
      this.answered = [];
      for (const { then } of answered) {
        then();
        await settleMicrotasks();
      }
      // Whoever was seen to wait may have got the lock from what has ended since, and who was answered may have asked on.
    } while (this.hasEnded || this.pending > 0 || this.answered.length > 0);
    // Which of them is served first is the server's own affair, so that such a walk is not the same each time.
    if ([...this.open].filter(({ standing }) => standing === 'waiting').length > 1) this.world.reach('several wait for locks');
    if (this.late.length === 0) return;
    const late = this.late.sort((x, y) => x.number - y.number);
    this.late = [];
    for (const conversation of late) conversation.tellLate();
    await settleMicrotasks();
  }

  private somethingHappens(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A circle ends by itself, with an error for whoever closed it. */
  private async findWaiting(): Promise<void> {
    const asking = [...this.open].filter((one) => one.standing === 'asking');
    const byPid = new Map(asking.map((one) => [one.pid, one]));
    const { rows } = await this.connections.query<{ pid: number; by: string }>(
      `select distinct pid, array_to_json(pg_blocking_pids(pid))::text as by from pg_locks where not granted and pid = any($1)`,
      [[...this.open].map((one) => one.pid)],
    );
    const waitsFor = new Map(rows.map(({ pid, by }) => [Number(pid), JSON.parse(by) as number[]]));
    const circles = (pid: number, seen: ReadonlySet<number>): boolean =>
      seen.has(pid) || (waitsFor.get(pid) ?? []).some((by) => circles(by, new Set([...seen, pid])));
    for (const pid of waitsFor.keys()) {
      const found = byPid.get(pid);
      if (found?.standing === 'asking' && !circles(pid, new Set())) found.waits();
    }
  }

  /** When the walk is over: nothing stays open. */
  async endAll(): Promise<void> {
    while (this.open.size > 0 || this.pending > 0) {
      for (const one of this.open) one.abandon();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
