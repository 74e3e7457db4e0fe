/**
 * An earlier version of the engine and the store, loaded from its sources, to work beside the present one on one database (I-28).
 *
 * Only what a process of that version would run is taken from there; kernel, provider, checkers and the database itself are the present ones.
 * Its acts yield statements, which are spelled by its own rules and run by the present driver.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { createEngine } from '../engine/engine.ts';
import type { migrate } from '../store/migrate.ts';
import { type Act, Refusal, type SqlRow, type Statement } from '../store/sql.ts';
import type { SqliteDriver } from '../store/sqlite-driver.ts';
import type { SqliteStore } from '../store/sqlite-store.ts';
import type { Vault } from '../store/vault.ts';

export interface OlderVersion {
  /** The newest schema that it knows. */
  readonly schema: number;
  readonly createEngine: typeof createEngine;
  migrate(driver: SqliteDriver): void;
  createStore(driver: SqliteDriver, vault: Vault): SqliteStore;
}

interface OlderModules {
  readonly engine: { readonly createEngine: typeof createEngine };
  readonly migrations: { readonly migrations: readonly string[]; readonly migrate: typeof migrate };
  readonly sql: {
    toSqlite(text: string): string | null;
    readonly Refusal?: new (answer: unknown) => Error & { readonly answer: unknown };
  };
  readonly store: { createSqliteStore(driver: SqliteDriver, vault: Vault): SqliteStore };
}

/** `folder` has the sources of that version, and can resolve what they import. */
export async function loadOlderVersion(folder: string): Promise<OlderVersion> {
  const load = <T>(path: string): Promise<T> => import(pathToFileURL(join(folder, 'src', path)).href) as Promise<T>;
  const modules: OlderModules = {
    engine: await load('engine/engine.ts'),
    migrations: await load('store/migrate.ts'),
    sql: await load('store/sql.ts'),
    store: await load('store/sqlite-store.ts'),
  };
  return {
    schema: modules.migrations.migrations.length,
    createEngine: modules.engine.createEngine,
    migrate: (driver) => void runOn(driver, modules).write(modules.migrations.migrate('simulated')),
    createStore: (driver, vault) => modules.store.createSqliteStore(runOn(driver, modules), vault),
  };
}

/** The present driver as acts of the older version expect it. */
function runOn(driver: SqliteDriver, { sql }: OlderModules): SqliteDriver {
  /** Rows of each: none of a statement that is not for this database. */
  function* spell(statements: readonly Statement[]): Act<readonly (readonly SqlRow[])[]> {
    const texts = statements.map(({ text }) => sql.toSqlite(text));
    const together = statements.flatMap((statement, i) => (texts[i] === null ? [] : [{ ...statement, text: texts[i]! }]));
    const answers = (yield { together }) as readonly (readonly SqlRow[])[];
    let next = 0;
    return texts.map((text) => (text === null ? [] : answers[next++]!));
  }
  function* spelled<T>(act: Act<T>): Act<T> {
    try {
      let answer = act.next([]);
      while (!answer.done) {
        const { value } = answer;
        answer = act.next('together' in value ? yield* spell(value.together) : (yield* spell([value]))[0]!);
      }
      return answer.value;
    } catch (thrown) {
      throw sql.Refusal && thrown instanceof sql.Refusal ? new Refusal(thrown.answer) : thrown;
    }
  }
  return { ...driver, write: (act) => driver.write(spelled(act)), read: (act) => driver.read(spelled(act)) };
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder as it is, or the sources of a revision of this repository, taken out into a temporary folder. */
export function takeOutVersion(folderOrRevision: string): string {
  if (existsSync(join(folderOrRevision, 'src', 'engine', 'engine.ts'))) return folderOrRevision;
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-older-'));
  const archive = execFileSync('git', ['archive', folderOrRevision, 'src', 'package.json'], { cwd: root, maxBuffer: 1 << 28 });
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The last revision before the newest migration came. */
export function findVersionBefore(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const newest = git('ls-files', 'src/store/migrations')
    .split('\n')
    .filter((path) => /\d{4}-[^/]+\.ts$/.test(path))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error('there are no migrations');
  return `${git('log', '--diff-filter=A', '--format=%h', '--', newest).split('\n').at(-1)}~1`;
}
