/** Rows and work as an engine would find them, for what is only previewed. Pure. */
import type { ProviderSettings } from '../engine/desk.ts';
import type { Declared, NodeRow, ResourceId, ResourceRow, StackId, StackRow, WorkItem } from '../engine/ports/store.ts';

/** Of a resource that is new: as a start would make it. */
export function unmadeRow({ name, definition }: Declared, stack: StackRow | null): ResourceRow {
  return {
    id: 0 as ResourceId,
    stackId: (stack?.id ?? 0) as StackId,
    name,
    type: definition.type,
    host: null,
    settingId: null,
    physicalId: null,
    reference: null,
    action: 'INIT',
    status: 'COMPLETE',
    reason: '',
    definition: null,
    inputsSha: null,
    revision: 0,
    attributes: {},
    properties: null,
    pending: null,
    pendingSha: null,
    pendingDefinition: null,
    state: null,
    schemaVersion: 1,
    marked: null,
    doubt: false,
    unread: false,
    unhealthy: null,
    forced: null,
    late: false,
    suspended: false,
    token: null,
    tokenSha: null,
    operationNumber: 0,
    replaces: null,
    replacedBy: null,
    deletionPolicy: definition.deletionPolicy,
    external: false,
    nested: definition.nested !== undefined,
    acted: null,
    taken: null,
    secret: false,
    createdAt: 0,
    updatedAt: null,
  };
}

/** As an engine would have it in hand to converge it. */
export function pseudoItem(stack: StackRow | null, row: ResourceRow, settings: ProviderSettings | null): WorkItem {
  const id = row.stackId;
  const node = { stackId: id, traversal: 0, id: 0, epoch: 0 } as unknown as NodeRow;
  const { uuid = '', name = '', suspended = false, goal = 0 } = stack ?? {};
  return {
    stack: { id, uuid, name, suspended },
    traversal: 0,
    goal,
    purpose: 'converge',
    action: 'UPDATE',
    resource: row,
    node,
    operation: null,
    recover: false,
    definition: null,
    definitionSha: null,
    required: new Map(),
    siblings: [],
    namesakes: [],
    settings,
    nested: null,
    asked: { deed: 'update', hooks: [], cleared: [], restrictedActions: [] },
  };
}
