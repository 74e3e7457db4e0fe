/**
 * One connection, lent for one transaction: what the production driver takes for a client of its pool. Each statement is a point; it may be asked for, or the
 * server gives the transaction up, or the process dies or stands still before.
 */
import type pg from 'pg';
import { present } from '../../std/assert.ts';
import { type Actor, nobody, type Point } from '../kernel.ts';
import type { Caller } from '../sim-types.ts';
import type { World } from '../world.ts';

export type Fate = 'cut' | 'dies' | 'pauses';

/** All that a conversation needs of the others. */
export interface Server {
  readonly world: World;
  /** What happens instead of the next statement; only those are hit who can bear it. */
  fate(actor: Actor): Fate | null;
  /** Nobody goes on before it is over. */
  during<T>(run: () => Promise<T>): Promise<T>;
  /** Brings to the checkers what was committed. */
  copy(): Promise<void>;
  goesOn(standing: Standing, before: Standing): void;
  /** It is told of once the server is at nothing, in an order of its own: several may be answered at once. */
  isAnswered(conversation: Conversation, then: () => void): void;
  /** It had waited for a lock: its answer is told once everything has come to rest. */
  isLate(conversation: Conversation): void;
  isOver(conversation: Conversation): void;
}

/** So long after its last statement the server ends a transaction in which nothing is asked any more (postgres-driver.ts). */
const silenceMs = 4_000;

interface Asked {
  readonly text: string;
  readonly config: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a conversation is at: nothing; a statement that the server has; one that waits for a lock there. */
export type Standing = 'idle' | 'asking' | 'waiting';

/** One connection, lent for one transaction: what the driver takes for a client. */
export class Conversation {
  /** What the driver corks. */
  readonly connection = { stream: { cork() {}, uncork() {} } };
  readonly caller: Caller;
  readonly number: number;
  readonly pid: number;
  standing: Standing = 'idle';
  private readonly server: Server;
  private readonly client: pg.PoolClient;
  private readonly asked: Asked[] = [];
  private point: Point | null = null;
  private cutting: Point | null = null;
  private inTransaction = false;
  private state: 'open' | 'cut' | 'dead' = 'open';
  private tell: (() => void) | null = null;
  private hasWaited = false;
  /** The server's own giving up. */
  private ended: Promise<void> = Promise.resolve();

  constructor(server: Server, caller: Caller, client: pg.PoolClient, number: number) {
    this.server = server;
    this.caller = caller;
    this.client = client;
    this.number = number;
    this.pid = present((client as unknown as { processID: number | null }).processID, 'the process of a connection');
  }

  query(config: string | { readonly text: string }): Promise<unknown> {
    const text = typeof config === 'string' ? config : config.text;
    return new Promise((resolve, reject) => {
      this.asked.push({ text, config, resolve, reject });
      this.pump();
    });
  }

  release(): void {
    this.stopCutting();
    this.server.isOver(this);
    void this.server.during(async () => {
      await this.ended;
      this.client.release();
    });
  }

  /** What begins or gives up a transaction goes with what is before or after it. */
  private pump(): void {
    const next = this.asked[0];
    if (next === undefined || this.standing !== 'idle' || this.point !== null || this.tell !== null || this.state === 'dead')
      return;
    if (/^(begin|rollback)/.test(next.text)) {
      this.send();
      return;
    }
    const { kernel } = this.server.world;
    this.point = kernel.open(
      this.caller,
      labelOf(next.text),
      0,
      () => {
        this.point = null;
        if (this.isSpared()) this.send();
      },
      null,
      true,
    );
  }

  private isSpared(): boolean {
    const { world } = this.server;
    const fate = this.state === 'open' ? this.server.fate(this.caller) : null;
    if (fate === null) return true;
    world.reach(`transaction: ${fate}`);
    if (fate === 'cut') {
      this.cut();
      return true;
    }
    if (fate === 'dies') this.caller.die(false);
    else {
      world.pause(this.caller);
      this.pump();
    }
    return false;
  }

  private send(): void {
    const next = present(this.asked[0], 'what is asked');
    if (this.state === 'cut') {
      this.asked.shift();
      next.reject(lost());
      this.pump();
      return;
    }
    this.stopCutting();
    this.stand('asking');
    this.client.query(asSent(next.config, this.server.world) as string).then(
      (result) => this.answered(() => next.resolve(result), next.text, true),
      (error) => this.answered(() => next.reject(error), next.text, false),
    );
  }

  private async answered(tell: () => void, text: string, well: boolean): Promise<void> {
    if (text.startsWith('begin')) this.inTransaction = true;
    else if (/^(commit|rollback)/.test(text)) this.inTransaction = false;
    if (text === 'commit' && well) await this.server.during(() => this.server.copy());
    this.asked.shift();
    if (this.state === 'dead') {
      this.stand('idle');
      this.leave();
      return;
    }
    this.tell = tell;
    this.server.isAnswered(this, () => this.goOn());
    this.stand('idle');
  }

  private goOn(): void {
    const tell = this.tell;
    if (tell === null || this.state === 'dead') return;
    if (this.inTransaction) this.startCutting();
    if (this.hasWaited) {
      this.hasWaited = false;
      this.server.isLate(this);
      return;
    }
    this.tell = null;
    tell();
    this.pump();
  }

  private stand(standing: Standing): void {
    const before = this.standing;
    this.standing = standing;
    this.server.goesOn(standing, before);
  }

  /** It was seen to wait for a lock. */
  waits(): void {
    if (!this.hasWaited) this.server.world.reach('waited for a lock');
    this.hasWaited = true;
    this.stand('waiting');
  }

  lookAgain(): void {
    if (this.standing === 'waiting') this.stand('asking');
  }

  /** The answer comes as others' do: at some time. */
  tellLate(): void {
    const tell = this.tell;
    if (tell === null || this.state === 'dead') return;
    const go = (): void => {
      this.point = null;
      this.tell = null;
      tell();
      this.pump();
    };
    this.point = this.server.world.kernel.open(this.caller, 'is answered', 0, go, null, true);
  }

  private startCutting(): void {
    if (!/^(engine|courier|user|clearer)/.test(this.caller.name)) return;
    this.cutting = this.server.world.kernel.open(
      nobody,
      `cuts ${this.caller.name} off`,
      silenceMs,
      () => {
        this.cutting = null;
        this.server.world.reach('transaction cut off by the server');
        this.cut();
      },
      null,
      true,
    );
  }

  private stopCutting(): void {
    if (this.cutting !== null) this.server.world.kernel.close(this.cutting);
    this.cutting = null;
  }

  /** The server gives the transaction up; whoever was at it learns of it with the next thing that is asked. */
  private cut(): void {
    this.stopCutting();
    if (this.state !== 'open') {
      if (this.state === 'dead') this.leave();
      return;
    }
    this.state = 'cut';
    this.inTransaction = false;
    this.ended = this.server.during(async () => void (await this.client.query('rollback')));
  }

  bury(): void {
    const isHeard = (this.caller as { machineDead?: boolean }).machineDead !== true;
    const wasCut = this.state === 'cut';
    this.state = 'dead';
    this.asked.length = this.standing === 'idle' ? 0 : 1;
    if (this.standing !== 'idle') return;
    if (wasCut || isHeard || this.cutting === null) this.leave();
  }

  /** Nobody is there any more. */
  private leave(): void {
    this.stopCutting();
    this.server.isOver(this);
    void this.server.during(async () => {
      await this.ended;
      await this.client.query('rollback');
      this.client.release();
    });
  }

  /** After the walk. */
  abandon(): void {
    this.state = 'dead';
    this.asked.length = this.standing === 'idle' ? 0 : 1;
    if (this.standing === 'idle') this.leave();
  }
}

function lost(): Error {
  return Object.assign(new Error('the server has ended the transaction'), { code: '25P03' });
}

/** What a statement is about, for traces. */
function labelOf(text: string): string {
  return `  ${text.replace(/\s+/g, ' ').slice(0, 70)}`;
}

/** Times are the walk's: the server is up since the beginning of time, and does not count how long anybody is silent. */
function asSent(config: unknown, world: World): unknown {
  const change = (text: string): string => {
    const plain = text
      .replace(/set local idle_in_transaction_session_timeout = \d+(; )?/, '')
      .replaceAll('(extract(epoch from pg_postmaster_start_time()) * 1000)::bigint', '0');
    return world.breakage.postgres?.(plain) ?? plain;
  };
  return typeof config === 'string' ? change(config) : { ...(config as object), text: change((config as { text: string }).text) };
}
