/**
 * Provider settings, in some walks: the simulated provider has two accounts, an object is in one of them, and a call reaches those of its own account
 * only, with a key that is good. Operators renew keys, take settings out of the configuration and put them in again; an engine knows what stood
 * there when it started.
 *
 * They draw from a stream of their own, so that runs without them are what they were.
 */
import type { ProviderSettings, SettingsSource } from '../engine/desk.ts';
import type { ProviderCall } from '../engine/ports/provider.ts';
import type { JsonMap } from '../std/json.ts';
import type { SimGoal } from './goals.ts';
import type { Plan } from './plan.ts';
import type { Caller } from './sim-types.ts';
import type { World } from './world.ts';

const family = 'sim';
const caller: Caller = { name: 'keeper', alive: true, pausedUntil: 0, die: () => {} };

/** What a goal may name. What names none is made in the first, whether or not there are settings for it. */
export const accountNames = ['default', 'other'] as const;

export interface Key {
  readonly account: string;
  readonly key: number | null;
}

/** What the simulated types make of their settings: calls get nothing else. */
interface Opened {
  readonly opened: Key;
}

/** Without settings, what is in the first account is reached without a key. */
const noKey: Key = { account: 'default', key: null };

export const openSettings = ({ account, key }: JsonMap): Opened => ({
  opened: typeof account === 'string' ? { account, key: Number(key) } : noKey,
});

/** Types in the likeness of real ones have no such settings. */
export function keyOf({ settings }: Pick<ProviderCall, 'settings'>): Key {
  const { opened, account } = (settings ?? {}) as Partial<Opened> & { readonly account?: string };
  if (opened === undefined && account !== undefined) throw new Error(`the settings of ${account} were not configured`);
  return opened ?? noKey;
}

export interface Accounts {
  /** The configuration, as an engine reads it when it starts. */
  read(): SettingsSource;
  begin(): Promise<void>;
  /** What is lacking is put in again. */
  settle(): Promise<void>;
  /** The key is no longer good. */
  isSpent(key: Key): boolean;
  /** Settings that were ever kept, by their ids. */
  kept(id: unknown): ProviderSettings | undefined;
}

/** One account, for whoever has settings of his own or none. */
export const oneAccount = (source: SettingsSource): Accounts => ({
  read: () => source,
  begin: async () => {},
  settle: async () => {},
  isSpent: () => false,
  kept: () => undefined,
});

const deeds = ['renew', 'renew', 'remove', 'add'] as const;

export function createAccounts(world: World): Accounts {
  const prng = world.stream('accounts');
  const keys = new Map<string, number>(accountNames.map((name) => [name, 1]));
  const ever = new Map<number, ProviderSettings>();
  let configured: ReadonlyMap<string, ProviderSettings> = new Map();
  async function put(name: string): Promise<void> {
    const values: JsonMap = { account: name, key: keys.get(name)! };
    const id = await world.act(caller, 'putSettings', [], () => world.acts.putSettings(family, name, values));
    const settings: ProviderSettings = { id: Number(id), name, values };
    ever.set(settings.id, settings);
    configured = new Map([...configured, [name, settings]]);
  }
  const acts: { readonly [deed in (typeof deeds)[number]]: (name: string) => Promise<void> } = {
    async renew(name) {
      keys.set(name, keys.get(name)! + 1);
      world.reach('key renewed');
      if (configured.has(name)) await put(name);
    },
    async remove(name) {
      if (!configured.has(name)) return;
      world.reach('settings removed');
      configured = new Map([...configured].filter(([other]) => other !== name));
    },
    add: put,
  };
  const last = Math.max(0, ...world.plan.requests.map((request) => request.at));
  for (let i = prng.pick([0, 1, 1, 2, 3]); i > 0; i--) {
    const [deed, name] = [prng.pick(deeds), prng.pick(accountNames)];
    world.kernel.open(caller, deed, prng.below(last + 2_000), () => {
      if (!world.kernel.calm) void acts[deed](name);
    });
  }
  const first = accountNames.filter((name) => name !== 'default' || prng.chance(700));
  return {
    read() {
      const now = configured;
      return { findSettings: (wanted, name) => (wanted === family ? now.get(name) : undefined) };
    },
    async begin() {
      for (const name of first) await put(name);
    },
    async settle() {
      for (const name of accountNames) if (!configured.has(name)) await put(name);
    },
    isSpent: ({ account, key }) => key !== null && key !== keys.get(account),
    kept: (id) => ever.get(Number(id)),
  };
}

/** The same without them. */
export function withoutAccounts({ accounts: _, ...plan }: Plan): Plan {
  const plain = (goal: SimGoal): SimGoal => ({
    ...goal,
    resources: goal.resources.map(({ account: _, ...r }) => ({ ...r, nested: r.nested && plain(r.nested) })),
  });
  return { ...plan, requests: plan.requests.map((r) => ({ ...r, goal: r.goal && plain(r.goal) })) };
}
