/**
 * `resource_facade: metadata | deletion_policy | update_policy`: what the resource says that this stack stands for, in a nested stack.
 *
 * In a stack that nothing contains there is nothing to ask: null, with a warning, so that a template that is meant to be nested can be
 * looked at by itself.
 */
import type { Json } from '../../std/json.ts';
import type { DeletionPolicy, Facade } from '../definition.ts';
import type { Expression } from '../expression.ts';
import { quote } from '../expression-form.ts';
import { didYouMean } from '../nearest-name.ts';
import type { Path } from '../path.ts';
import type { Reading, TemplateFunction } from './function.ts';

type Ask = (facade: Facade) => Json;

/** As Heat gives them, whatever version the template has. */
const POLICY_NAMES: { readonly [policy in DeletionPolicy]: string } = {
  delete: 'Delete',
  retain: 'Retain',
  snapshot: 'Snapshot',
};
const metadata: Ask = (facade) => facade.metadata;
const deletionPolicy: Ask = (facade) => POLICY_NAMES[facade.deletionPolicy];
const updatePolicy: Ask = (facade) => facade.updatePolicy;

export const resourceFacade = facadeFunction(
  'resource_facade',
  new Map([
    ['metadata', metadata],
    ['deletion_policy', deletionPolicy],
    ['update_policy', updatePolicy],
  ]),
);

export const cfnResourceFacade = facadeFunction(
  'Fn::ResourceFacade',
  new Map([
    ['Metadata', metadata],
    ['DeletionPolicy', deletionPolicy],
    ['UpdatePolicy', updatePolicy],
  ]),
);

function facadeFunction(name: string, asks: ReadonlyMap<string, Ask>): TemplateFunction {
  return { name, read: (argument, reading, path) => read(argument, reading, path, asks) };
}

function read(argument: Json, reading: Reading, path: Path, asks: ReadonlyMap<string, Ask>): Expression {
  const wanted = reading.known(reading.argument(argument, path));
  const ask = typeof wanted === 'string' ? asks.get(wanted) : undefined;
  if (ask === undefined) {
    const hint = typeof wanted === 'string' ? didYouMean(wanted, asks.keys()) : undefined;
    return reading.wrong(path, `"${path.key}" must be written as one of ${[...asks.keys()].join(', ')}`, hint);
  }
  if (reading.facade === 'open') return reading.open([]);
  if (reading.facade !== undefined) return quote(ask(reading.facade));
  reading.warn('HOT-FACADE-ROOT', path, `"${path.key}" has a value only in a nested stack; it is null here`);
  return null;
}
