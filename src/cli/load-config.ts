/**
 * The operator's configuration file: named settings for providers, and how long what is over is kept.
 *
 * `retention: {events: 90d, traversals: 90d, deleted_stacks: 30d, goals: 365d}`; ages, or `none` for goals of any age.
 * `providers: {family: {name: {setting: value}}}`, where a value may be `{env: VARIABLE}`, so that no secret need stand in the file.
 */
import { readFileSync } from 'node:fs';
import type { Retention } from '../engine/ports/store.ts';
import { messageOf } from '../std/failure.ts';
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { yamlPackage } from '../template/yaml-package.ts';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

export type ProviderSettingsByName = { readonly [family: string]: { readonly [name: string]: JsonMap } };

export function loadConfig(path: string, environment: NodeJS.ProcessEnv = process.env): ProviderSettingsByName {
  const config = readYaml(path);
  const unknown = Object.keys(config).filter((key) => key !== 'providers' && key !== 'retention');
  if (unknown.length > 0) throw wrong(path, `${unknown.join(', ')} is not known here: only providers and retention`);
  const families = asMap(path, 'providers', config['providers'] ?? {});
  return mapValues(families, (named, family) =>
    mapValues(asMap(path, `providers.${family}`, named), (settings, name) =>
      mapValues(asMap(path, `providers.${family}.${name}`, settings), (value, key) =>
        settingOf(path, `providers.${family}.${name}.${key}`, value, environment),
      ),
    ),
  );
}

const retentionKeys: { readonly [key: string]: keyof Retention } = {
  events: 'eventsMs',
  traversals: 'traversalsMs',
  deleted_stacks: 'deletedStacksMs',
  goals: 'goalsMs',
};

/** What the file says of retention; what it leaves out stays as usual. */
export function loadRetention(path: string): Partial<Retention> {
  const given = asMap(path, 'retention', readYaml(path)['retention'] ?? {});
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const name = retentionKeys[key];
      if (name === undefined) throw wrong(path, `retention.${key} is not known: ${Object.keys(retentionKeys).join(', ')}`);
      return [name, ageOf(path, key, value)];
    }),
  );
}

function ageOf(path: string, key: string, value: Json): number | null {
  if (key === 'goals' && value === 'none') return null;
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms === null) throw wrong(path, `retention.${key}: ${JSON.stringify(value)} is no age; say 90d or 12h`);
  return ms;
}

function readYaml(path: string): JsonMap {
  let content: unknown;
  try {
    content = yamlPackage().parse(readFileSync(path, 'utf8'));
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
