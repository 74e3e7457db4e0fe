/**
 * Who runs which version in a run with two of them: at first all processes and users are of the older one; at a random step a process of the
 * newer one migrates the database; from then on every process that starts is of the newer one, those of the older one work on until they die,
 * and users come by either.
 */
import type { createEngine } from '../engine/engine.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import type { WorldDatabase } from './database.ts';
import type { OlderVersion } from './older-version.ts';
import type { Prng } from './prng.ts';

/** What a process of one version is made of. */
export interface Release {
  readonly name: 'newer' | 'older';
  readonly createEngine: typeof createEngine;
  readonly store: DatabaseStore;
}

export interface Versions {
  readonly migrated: boolean;
  /** Whether all processes know what came with this schema version. */
  allKnow(schema: number): boolean;
  /** Of a process that starts now. */
  ofProcess(): Release;
  /** Of a command that somebody enters now. */
  ofUser(): Release;
  /** Once the time has come. */
  migrateBy(step: number): void;
}

/** The schema version that brought them. */
export const cameWith = { hooks: 4, limits: 5, sleep: 11 } as const;

export function onlyOne(release: Release): Versions {
  return { migrated: true, allKnow: () => true, ofProcess: () => release, ofUser: () => release, migrateBy: () => {} };
}

/** Steps of a run within which the migration comes. */
const latestStep = 200;

export function createVersions(
  database: WorldDatabase,
  older: OlderVersion,
  newer: Release,
  prng: Prng,
  onMigrated: () => void,
): Versions {
  const before: Release = { name: 'older', createEngine: older.createEngine, store: database.olderStore! };
  const at = prng.below(latestStep);
  let migrated = false;
  return {
    allKnow: (schema) => older.schema >= schema,
    get migrated() {
      return migrated;
    },
    ofProcess: () => (migrated ? newer : before),
    ofUser: () => (migrated && prng.chance(500) ? newer : before),
    migrateBy(step) {
      if (migrated || step < at) return;
      migrated = true;
      database.migrate!();
      onMigrated();
    },
  };
}
