/** The operator's configuration file as a map, and how what is wrong with it is told. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../std/failure.ts';
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { yamlPackage } from '../template/yaml-package.ts';
import { UsageError } from './usage-error.ts';

export function readConfigFile(path: string): JsonMap {
  let content: unknown;
  try {
    content = yamlPackage().parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(path, messageOf(error));
  }
  return asMap(path, 'the file', (content ?? {}) as Json);
}

export function asMap(path: string, place: string, value: Json): JsonMap {
  if (!isMap(value)) throw wrong(path, `${place} must be a map`);
  return value;
}

export function mapValues<T>(map: JsonMap, change: (value: Json, key: string) => T): { [key: string]: T } {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

export function checkNames(path: string, place: string, map: JsonMap, known: readonly string[]): void {
  const unknown = Object.keys(map).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw wrong(path, `${place}${unknown.join(', ')} is not known here: only ${known.join(', ')}`);
}

export function wrong(path: string, message: string): UsageError {
  return new UsageError('CONFIG', `configuration ${path}: ${message}`);
}
