/**
 * The operator's configuration file: named settings for providers.
 *
 * `providers: {family: {name: {setting: value}}}`, where a value may be `{env: VARIABLE}`, so that no secret need stand in the file.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { messageOf } from '../std/failure.ts';
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { UsageError } from './usage-error.ts';

export type ProviderSettingsByName = { readonly [family: string]: { readonly [name: string]: JsonMap } };

export function loadConfig(path: string, environment: NodeJS.ProcessEnv = process.env): ProviderSettingsByName {
  const config = readYaml(path);
  const unknown = Object.keys(config).filter((key) => key !== 'providers');
  if (unknown.length > 0) throw wrong(path, `${unknown.join(', ')} is not known here: only providers`);
  const families = asMap(path, 'providers', config['providers'] ?? {});
  return mapValues(families, (named, family) =>
    mapValues(asMap(path, `providers.${family}`, named), (settings, name) =>
      mapValues(asMap(path, `providers.${family}.${name}`, settings), (value, key) =>
        settingOf(path, `providers.${family}.${name}.${key}`, value, environment),
      ),
    ),
  );
}

function readYaml(path: string): JsonMap {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(path, messageOf(error));
  }
  return asMap(path, 'the file', (content ?? {}) as Json);
}

function settingOf(path: string, place: string, value: Json, environment: NodeJS.ProcessEnv): Json {
  if (!isMap(value) || typeof value['env'] !== 'string' || Object.keys(value).length !== 1) return value;
  const found = environment[value['env']];
  if (found === undefined) throw wrong(path, `${place}: the environment variable ${value['env']} is not set`);
  return found;
}

function asMap(path: string, place: string, value: Json): JsonMap {
  if (!isMap(value)) throw wrong(path, `${place} must be a map`);
  return value;
}

function mapValues<T>(map: JsonMap, change: (value: Json, key: string) => T): { [key: string]: T } {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

function wrong(path: string, message: string): UsageError {
  return new UsageError('CONFIG', `configuration ${path}: ${message}`);
}
