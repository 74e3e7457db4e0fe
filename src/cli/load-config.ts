/**
 * What the operator's configuration file says of providers, by name, and of how long what is over is kept. load-event-sinks.ts has the rest.
 *
 * `retention: {events: 90d, traversals: 90d, deleted_stacks: 30d, goals: 365d}`; ages, or `none` for goals of any age.
 * `providers: {family: {name: {setting: value}}}`, where a value may be `{env: VARIABLE}`, so that no secret need stand in the file.
 */
import type { Retention } from '../engine/ports/store.ts';
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { asMap, checkNames, mapValues, readConfigFile, wrong } from './config-file.ts';
import { parseDuration } from './duration.ts';

export type ProviderSettingsByName = { readonly [family: string]: { readonly [name: string]: JsonMap } };

export function loadConfig(path: string, environment: NodeJS.ProcessEnv = process.env): ProviderSettingsByName {
  const config = readConfigFile(path);
  checkNames(path, '', config, ['providers', 'retention', 'event_sinks']);
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
  const given = asMap(path, 'retention', readConfigFile(path)['retention'] ?? {});
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

function settingOf(path: string, place: string, value: Json, environment: NodeJS.ProcessEnv): Json {
  if (!isMap(value) || typeof value['env'] !== 'string' || Object.keys(value).length !== 1) return value;
  const found = environment[value['env']];
  if (found === undefined) throw wrong(path, `${place}: the environment variable ${value['env']} is not set`);
  return found;
}
