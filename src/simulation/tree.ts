/** Stacks within stacks, as the rows say it. */
import type { SimResource } from './goals.ts';
import type { Mirror, Row } from './mirror.ts';

type Rows = Mirror['rows'];

export const isNestedStack = (stack: Row): boolean => stack['parent_resource'] !== null;

/** The live stack that a version stands for. */
export function childOf(rows: Rows, resourceId: number): Row | undefined {
  for (const stack of rows.stack.values())
    if (stack['parent_resource'] === resourceId && stack['deleted_at'] === null) return stack;
  return undefined;
}

export const currentTraversal = (rows: Rows, stack: Row): Row | undefined =>
  rows.traversal.get(`${stack['id']}/${stack['traversal']}`);

export const rootOf = (rows: Rows, stack: Row): Row => rows.stack.get(String(stack['root_id'])) ?? stack;

/** It has converged and waits for its root's barrier, which may be long in coming: the root has failed, or is to be asked again. */
export function waitsForBarrier(rows: Rows, stack: Row): boolean {
  if (!isNestedStack(stack) || currentTraversal(rows, stack)?.['state'] !== 'converged') return false;
  const root = currentTraversal(rows, rootOf(rows, stack));
  return root !== undefined && root['ended_at'] !== null;
}

/**
 * It refers into a stack that was changed on its own since it was read, and not well, or while it is suspended: what it is made of is read anew by the next
 * traversal of its own stack.
 */
export function looksIntoDoubt({ uses }: SimResource, find: (name: string) => Row | undefined): boolean {
  return uses.some(({ name, inner }) => inner !== undefined && find(name)?.['doubt'] === 1);
}

/** The version in the parent that a nested stack stands for, and the parent. */
export function aboveOf(rows: Rows, stack: Row): { readonly stack: Row; readonly resource: Row } | null {
  const resource = rows.resource.get(String(stack['parent_resource']));
  const parent = rows.stack.get(String(stack['parent_id']));
  return resource === undefined || parent === undefined ? null : { stack: parent, resource };
}

/** Every live stack of a tree, the deepest first. */
export function treeOf(rows: Rows, root: Row): Row[] {
  return [...rows.stack.values()]
    .filter((stack) => stack['root_id'] === root['id'] && stack['deleted_at'] === null)
    .sort((x, y) => Number(y['depth']) - Number(x['depth']) || Number(y['id']) - Number(x['id']));
}
