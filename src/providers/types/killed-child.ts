/**
 * Run as a program by file.test.ts: makes a file or directory and dies by SIGKILL just before the n-th call that changes the file system.
 *
 * argv: type name, action, n, JSON of {state, token, properties, physicalId, objectState, operation}. It prints what it would have
 * stored, one JSON a line, and exits with 0 when there was no n-th call.
 */
import { writeSync } from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { ProviderCall, ResourceType } from '../../engine/ports/provider.ts';
import type { Json, JsonMap } from '../../std/json.ts';

const [typeName, action, killAt, input] = process.argv.slice(2) as [string, 'create' | 'update' | 'delete', string, string];
const given = JSON.parse(input) as {
  state: string;
  token: string;
  properties: JsonMap;
  physicalId: string | null;
  objectState: Json;
};

let calls = 0;
const changing = ['open', 'mkdir', 'rename', 'rm', 'unlink', 'rmdir', 'link', 'chmod', 'writeFile'] as const;
const patched = fsp as unknown as { [name: string]: (...args: unknown[]) => unknown };
for (const name of changing) {
  const original = patched[name] as (...args: unknown[]) => unknown;
  patched[name] = (...args) => {
    calls += 1;
    if (calls === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();

const { builtinTypes } = await import('../builtin.ts');
const type = builtinTypes({ allowLocal: true }).find((candidate) => candidate.name === typeName) as ResourceType;
const call: ProviderCall = {
  stack: { id: 's', name: 's' },
  resource: { name: 'r', version: 1 },
  token: given.token,
  operation: 1,
  physicalId: given.physicalId,
  properties: given.properties,
  previous: null,
  state: given.objectState,
  progress: null,
  settings: type.configure?.({ state_directory: given.state }),
  signal: new AbortController().signal,
  remainingMs: null,
  log: { debug() {}, info() {}, warn() {} },
  environment: { now: () => 0, sleep: async () => {}, randomInt: () => 0 },
  async saveProgress(known) {
    writeSync(1, `${JSON.stringify(known)}\n`);
  },
};
await type[action]?.(call);
