/**
 * The operator's environments: every file of a directory, in the order of their names. What they map, give defaults for and ask of resources
 * holds for all stacks, and gives way to what a user's own environments say. They become part of each goal as it is accepted, so that it
 * means the same on every machine and for ever.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { messageOf } from '../std/failure.ts';
import type { EnvironmentFile } from '../template/definition.ts';

/** Where they are, unless the operator says otherwise. */
export const usualEnvironmentDirectory = '/etc/setpoint/environment.d';

/** Nothing for an empty name, nor where there is no such directory and nobody has named it. Throws InvalidRequest when it can't be read. */
export function readGlobalEnvironments(directory: string): readonly EnvironmentFile[] {
  if (directory === '' || (directory === usualEnvironmentDirectory && !existsSync(directory))) return [];
  try {
    return namesIn(directory).map((name) => ({ name, text: readFileSync(name, 'utf8'), isGlobal: true }));
  } catch (error) {
    const hint = '--environment-dir, or SETPOINT_ENVIRONMENT_DIR, names the directory';
    throw new InvalidRequest([problem('ENVIRONMENT-DIR', `the global environments can't be read: ${messageOf(error)}`, hint)]);
  }
}

/** Files by their names; a directory within may have the templates that they name. */
function namesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(directory, entry.name))
    .sort();
}
