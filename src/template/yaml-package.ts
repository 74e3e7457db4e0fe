/**
 * The `yaml` package, loaded when a text must be explained: 72 files that most documents never need, and a third of what a short command
 * would read.
 */
import { createRequire } from 'node:module';

type YamlPackage = typeof import('yaml');

const load = createRequire(import.meta.url);
let loaded: YamlPackage | undefined;

export function yamlPackage(): YamlPackage {
  loaded ??= load('yaml') as YamlPackage;
  return loaded;
}
