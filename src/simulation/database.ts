/** One in-memory database per kind of world, emptied between runs: preparing statements costs more than a short run. */
import type { Json } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';
import { migrate } from '../store/migrate.ts';
import type { Act, Statement } from '../store/sql.ts';
import { openSqlite, type SqliteDriver } from '../store/sqlite-driver.ts';
import { createSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';
import { createVault, type Vault } from '../store/vault.ts';
import type { Breakage } from './breakage.ts';
import { createMirror, type Mirror } from './mirror.ts';
import type { OlderVersion } from './older-version.ts';

export interface WorldDatabase {
  readonly store: SqliteStore;
  readonly mirror: Mirror;
  /** Of the version that made the database, where that is an older one. */
  readonly olderStore?: SqliteStore;
  /** Brings such a database to the present schema. */
  readonly migrate?: () => void;
}

interface Kept {
  readonly driver: SqliteDriver;
  readonly mirror: Mirror;
  readonly empty: () => void;
}

const kept = new Map<string, Kept>();

export function openWorldDatabase(breakage: Breakage, realVault = true): WorldDatabase {
  const { driver, mirror, empty } = keptDatabase();
  mirror.clear(empty);
  return {
    store: createSqliteStore(
      breakage.sql === null ? driver : brokenDriver(driver, breakage.sql),
      realVault ? createSimVault() : createCheapVault(),
    ),
    mirror,
  };
}

/** A database that an older version made, which has to be migrated. Nobody used it before. */
export function openOlderDatabase(older: OlderVersion, realVault: boolean): WorldDatabase {
  const driver = openSqlite({ path: ':memory:' });
  older.migrate(driver);
  const mirror = createMirror(driver.database);
  const vault = realVault ? createSimVault() : createCheapVault();
  return {
    store: createSqliteStore(driver, vault),
    mirror,
    olderStore: older.createStore(driver, vault),
    migrate() {
      driver.write(migrate('simulated'));
      mirror.reshape();
    },
  };
}

/** The next world gets a database that nobody has used; for the test that it makes no difference. */
export function forgetDatabase(): void {
  kept.clear();
}

function keptDatabase(): Kept {
  const known = kept.get('');
  if (known !== undefined) return known;
  const driver = openSqlite({ path: ':memory:' });
  driver.write(migrate('simulated'));
  const mirror = createMirror(driver.database);
  const names = (driver.database.prepare(`select name from sqlite_schema where type = 'table'`).all() as { name: string }[]).map(
    (row) => row.name,
  );
  const emptied = names
    .filter((name) => !['schema_version', 'meta', 'counter'].includes(name))
    .map((name) => driver.database.prepare(`delete from ${name}`));
  const counters = driver.database.prepare('update counter set next = 1');
  // What operators left there (a pause, say) would hold up the next world.
  const marks = driver.database.prepare(`delete from meta where key <> 'incarnation'`);
  const empty = (): void => {
    driver.database.exec('begin');
    for (const statement of emptied) statement.run();
    counters.run();
    marks.run();
    driver.database.exec('commit');
  };
  const made = { driver, mirror, empty };
  kept.set('', made);
  return made;
}

/** Of every simulated database: goals that are compiled outside carry digests made with it. */
export const simulatedDigestKey = new Uint8Array(32).fill(9);

/** Nonces that repeat from run to run: what is sealed is the same in the same run. */
function createSimVault(): Vault {
  let serial = 0;
  return createVault({ cipher: new Uint8Array(32).fill(7), digest: simulatedDigestKey }, () => {
    serial++;
    return Uint8Array.from({ length: 12 }, (_, i) => (i < 4 ? (serial >> (8 * i)) & 255 : 0));
  });
}

/** As a vault, but no cipher: the sealed text is hexadecimal, and remembers its place. Most walks have it, for a cipher costs a tenth of a run. */
function createCheapVault(): Vault {
  return {
    digestKey: simulatedDigestKey,
    seal: (value, secret, place) =>
      secret ? `cheap.${Buffer.from(JSON.stringify({ place, value })).toString('hex')}` : JSON.stringify(value),
    open(text, place) {
      if (!text.startsWith('cheap.')) return parseJson(text);
      const sealed = parseJson(Buffer.from(text.slice(6), 'hex').toString()) as { place: string; value: Json };
      if (sealed.place !== place) throw new Error(`sealed for ${sealed.place}, opened as ${place}`);
      return sealed.value;
    },
    reseal: () => null,
  };
}

/** The same driver, whose statements are rewritten on their way. */
function brokenDriver(driver: SqliteDriver, rewrite: (text: string) => string): SqliteDriver {
  const texts = new Map<string, string>();
  const change = (text: string): string => {
    let changed = texts.get(text);
    if (changed !== undefined) return changed;
    changed = rewrite(text);
    texts.set(text, changed);
    return changed;
  };
  const changed = (statement: Statement): Statement => ({ ...statement, text: change(statement.text) });
  function* rewriting<T>(act: Act<T>): Act<T> {
    let answer = act.next([]);
    while (!answer.done) {
      const { value } = answer;
      answer = act.next(yield 'together' in value ? { together: value.together.map(changed) } : changed(value));
    }
    return answer.value;
  }
  return { ...driver, write: (act) => driver.write(rewriting(act)), read: (act) => driver.read(rewriting(act)) };
}
