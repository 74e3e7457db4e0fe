/**
 * The operator's environments: every file of a directory, in the order of their names (`CompileOptions.globalEnvironments`). What they map and
 * give defaults for holds for all stacks, and gives way to what a user's own environments say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '../template/definition.ts';

/** Throws what the platform throws when the directory can't be read: an operator's mistake, found at the start. */
export function readGlobalEnvironments(directory: string): readonly SourceFile[] {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  return names.map((name) => ({ name: join(directory, name), text: readFileSync(join(directory, name), 'utf8') }));
}
