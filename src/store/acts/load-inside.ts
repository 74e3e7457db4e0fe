/**
 * Loads what is referred to within nested stacks (`resource.NAME`), for whoever evaluates references to it: the outputs of the resources
 * named, and of those within these. One query a nested stack, however many refer to it.
 */
import type { Inside, RequiredOutputs, ResourceId, StackId } from '../../engine/ports/store.ts';
import type { InsideNames } from '../../template/nested/inside.ts';
import type { InsideReferences } from '../../template/nested/inside-references.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { type OutputColumns, toRequiredOutputs } from './required-outputs.ts';

const NOTHING: Inside = new Map();

/** `resourceId` is the row that the nested stack stands for. */
export function* loadInside(vault: Vault, resourceId: ResourceId, names: InsideNames | undefined): Act<Inside> {
  if (names === undefined || names.size === 0) return NOTHING;
  const child = yield* queryOne<{ id: number }>(
    'select id from stack where parent_resource = ? and deleted_at is null',
    resourceId,
  );
  return child === undefined ? NOTHING : yield* loadOutputs(vault, child.id as StackId, [...names.keys()], names);
}

/** The outputs of a stack's resources by logical name, with what is read within those that are stacks. */
export function* loadOutputs(vault: Vault, stackId: StackId, names: readonly string[], inside: InsideReferences): Act<Inside> {
  if (names.length === 0) return NOTHING;
  const rows = yield* query<OutputColumns>(
    `select m.name, r.id, r.revision, r.type, r.reference, r.physical_id, r.attributes, r.secret, r.nested
     from membership m cross join resource r
     where m.stack_id = ? and m.name in @names and m.until is null and r.id = m.resource_id`,
    stackId,
    JSON.stringify(names),
  );
  const outputs = new Map<string, RequiredOutputs>();
  for (const row of rows) {
    const within = row.nested === 1 ? yield* loadInside(vault, row.id as ResourceId, inside.get(row.name)) : undefined;
    outputs.set(row.name, toRequiredOutputs(row, vault, within));
  }
  return outputs;
}

/**
 * What the references into a stack depend on, as a text that differs whenever any of them may give something else: which versions its names
 * stand for (a membership's `since` is newer than every one before it) and the revisions of these, which only rise.
 */
export function* readInsideMark(stackId: StackId): Act<string> {
  const row = yield* queryOne<{ count: number; since: number; revisions: number }>(
    `select count(*) as count, cast(coalesce(sum(m.since), 0) as bigint) as since, cast(coalesce(sum(r.revision), 0) as bigint) as revisions
     from membership m cross join resource r where m.stack_id = ? and m.until is null and r.id = m.resource_id`,
    stackId,
  );
  return `${row!.count}:${row!.since}:${row!.revisions}`;
}
