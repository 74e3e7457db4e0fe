/**
 * Loads resource types from a file of the operator's: an ES module whose default export is a list of them.
 *
 * Such a module runs with all the rights of the engine; only an operator names one. It gets this very copy of `setpoint/provider`, whatever
 * is installed beside it, so that what it throws is recognised and nothing need be installed at all.
 */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResourceType } from '../engine/ports/provider.ts';
import { messageOf } from '../std/failure.ts';
import { isMap } from '../std/json.ts';

/** Throws an Error that names the file and what is wrong with it. */
export async function loadProviderModule(path: string): Promise<readonly ResourceType[]> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`provider module ${path} was not found (looked for ${file})`);
  shareSdk();
  const module = await importModule(path, file);
  if (!('default' in module))
    throw new Error(`provider module ${path} has no default export: it must export a list of resource types`);
  const types = module['default'];
  if (!Array.isArray(types)) {
    throw new Error(`provider module ${path} must export a list of resource types by default, not ${kindOf(types)}`);
  }
  const problems = types.flatMap((type: unknown, index) => typeProblems(type).map((problem) => `  - item ${index} ${problem}`));
  if (problems.length > 0) {
    throw new Error(`provider module ${path} exports what is no resource type (use defineResource):\n${problems.join('\n')}`);
  }
  return types as ResourceType[];
}

async function importModule(path: string, file: string): Promise<{ readonly [name: string]: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { readonly [name: string]: unknown };
  } catch (error) {
    throw new Error(`provider module ${path} can't be loaded: ${messageOf(error)}`, { cause: error });
  }
}

function typeProblems(type: unknown): string[] {
  if (!isMap(type)) return [`is ${kindOf(type)}`];
  const loose = type as { readonly [key: string]: unknown };
  const name = typeof loose['name'] === 'string' ? ` (${loose['name']})` : '';
  const problems: string[] = [];
  if (typeof loose['name'] !== 'string') problems.push('has no name');
  if (typeof loose['create'] !== 'function') problems.push(`has no create function${name}`);
  for (const part of ['facts', 'properties', 'attributes']) if (!isMap(loose[part])) problems.push(`has no ${part}${name}`);
  return problems;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

let isShared = false;

/** From here on `setpoint/provider` means this copy, in the whole process. Node before 22.15 can't: there it must be installed. */
function shareSdk(): void {
  const { registerHooks } = nodeModule as { registerHooks?: typeof nodeModule.registerHooks };
  if (isShared || !registerHooks) return;
  isShared = true;
  const extension = extname(import.meta.url);
  const ours = new Map([
    ['setpoint/provider', new URL(`./sdk${extension}`, import.meta.url).href],
    ['setpoint/provider/testing', new URL(`./testing${extension}`, import.meta.url).href],
  ]);
  registerHooks({
    resolve(specifier, context, next) {
      const url = ours.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
