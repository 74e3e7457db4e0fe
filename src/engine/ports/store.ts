/**
 * The store port: what the engine needs to remember, as acts of the domain.
 *
 * Each method is one transaction that holds the root lock of every stack it writes. A method either happened wholly or not at all; its
 * answer may be lost, so each says what a caller who never heard the answer may rely on. Times are milliseconds of the database's clock
 * (`now`) or of the wall (`wallTime`), always given by the caller.
 */

import type { Sha } from '../../std/digest.ts';
import type { Failure } from '../../std/failure.ts';
import type { Json, JsonMap } from '../../std/json.ts';
import type { Definition, GoalDocuments, OutputDefinition } from '../../template/definition.ts';
import type { EventSink } from '../../template/event-sinks.ts';
import type { Hook, NameRule, Restriction } from '../../template/resource-rules.ts';
import type { Priority } from '../priorities.ts';
import type {
  NodePhase,
  NodeState,
  OperationKind,
  OperationState,
  ResourceAction,
  ResourceStatus,
  StackAction,
  StackStatus,
  TraversalState,
} from '../states.ts';

/** After its deadline, or when it was aborted, the holder of a call has so long to end it by itself; then it is anybody's: milliseconds. */
export const deadlineGraceMs = 30_000;

export type StackId = number & { readonly __brand: 'StackId' };
export type ResourceId = number & { readonly __brand: 'ResourceId' };
export type EngineId = string & { readonly __brand: 'EngineId' };

export interface StackRow {
  readonly id: StackId;
  readonly uuid: string;
  readonly tenant: string;
  readonly name: string;
  readonly rootId: StackId;
  /** The stack it is nested in; null for a root. */
  readonly parentId: StackId | null;
  /** The version, in the parent, that it stands for. */
  readonly parentResource: ResourceId | null;
  readonly depth: number;
  /** The number of the goal in force. */
  readonly goal: number;
  /** The last goal that completed: the rollback point; null when none ever did. */
  readonly completeGoal: number | null;
  readonly traversal: number;
  readonly action: StackAction;
  readonly status: StackStatus;
  readonly reason: string;
  readonly rollback: boolean;
  readonly timeoutMs: number | null;
  readonly suspended: boolean;
  /** That of its root. */
  readonly priority: Priority;
  /** Rises with every transaction that changes anything of the stack; a plan is held against it. */
  readonly change: number;
  readonly eventSeq: number;
  readonly createdAt: number;
  readonly updatedAt: number | null;
  readonly deletedAt: number | null;
}

/** What is done to the resource of a name, as hooks see it: replacing it is a change. */
export type Deed = 'create' | 'update' | 'delete';

/** One version of a resource. */
export interface ResourceRow {
  readonly id: ResourceId;
  readonly stackId: StackId;
  readonly name: string;
  readonly type: string;
  readonly host: string | null;
  readonly settingId: number | null;
  readonly physicalId: string | null;
  readonly reference: string | null;
  readonly action: ResourceAction;
  readonly status: ResourceStatus;
  readonly reason: string;
  /** Of the definition last settled; null before. */
  readonly definition: Sha | null;
  /** Of the resolved inputs last settled; null while in doubt. */
  readonly inputsSha: Sha | null;
  readonly revision: number;
  readonly attributes: JsonMap;
  /** Resolved properties last applied; null before the first success. */
  readonly properties: JsonMap | null;
  /** Those of the operation that is under way or did not end well; null otherwise. */
  readonly pending: JsonMap | null;
  readonly pendingSha: Sha | null;
  readonly pendingDefinition: Sha | null;
  readonly state: Json;
  readonly schemaVersion: number;
  /** The goal number that does not want it; null while wanted. */
  readonly marked: number | null;
  /** An effect was begun and its result is not known. */
  readonly doubt: boolean;
  /** The row comes from another time (an imported or restored database): the object is looked at before anything is decided by it. */
  readonly unread: boolean;
  readonly unhealthy: string | null;
  /** A person asked for its replacement: why. */
  readonly forced: string | null;
  /** A lost update may still arrive: only an update with a higher operation number makes sure that it does no harm. */
  readonly late: boolean;
  /** It was suspended; null: a call that was to suspend or resume it did not end well, or nobody knows. */
  readonly suspended: boolean | null;
  readonly token: string | null;
  /** Inputs the token was first used with: a token is never used with others. */
  readonly tokenSha: Sha | null;
  readonly operationNumber: number;
  readonly replaces: ResourceId | null;
  readonly replacedBy: ResourceId | null;
  readonly deletionPolicy: string;
  /** Made outside (external_id, import without ownership): never given to delete. */
  readonly external: boolean;
  /** It is a stack of its own. */
  readonly nested: boolean;
  /** The deed that was begun on it and that no node has had done. */
  readonly acted: Exclude<Deed, 'delete'> | null;
  /** The definition that it had when a name that is being made took it over from another one. */
  readonly taken: Sha | null;
  readonly secret: boolean;
  readonly createdAt: number;
  readonly updatedAt: number | null;
}

export interface OperationRow {
  readonly resourceId: ResourceId;
  readonly stackId: StackId;
  readonly traversal: number;
  readonly nodeId: number;
  readonly kind: OperationKind;
  readonly token: string;
  readonly number: number;
  readonly epoch: number;
  readonly state: OperationState;
  readonly engineId: EngineId | null;
  readonly wakeAt: number | null;
  readonly deadline: number | null;
  readonly progress: Json;
  readonly cancel: boolean;
  readonly definition: Sha | null;
  readonly inputsSha: Sha | null;
  readonly startedAt: number;
  readonly reason: string;
}

export interface NodeRow {
  readonly stackId: StackId;
  readonly traversal: number;
  readonly id: number;
  readonly phase: NodePhase;
  readonly resourceId: ResourceId;
  readonly state: NodeState;
  readonly unmet: number;
  readonly awaits: boolean;
  readonly attempts: number;
  readonly replacements: number;
  readonly wakeAt: number | null;
  readonly engineId: EngineId | null;
  readonly epoch: number;
  /** It must be resumed before anything else is done with it. */
  readonly resume: boolean;
  /** delete-first: the version that must go before this node's resource is made. */
  readonly victim: ResourceId | null;
  /** The traversal of the nested stack that it began or waits for. */
  readonly child: number | null;
  /** The hook it rests at, and the name of its resource, whose row may be gone by then; null elsewhere. */
  readonly hook: Hook | null;
  readonly subject: string | null;
  /** Hooks that were cleared in this traversal. */
  readonly cleared: readonly Hook[];
  /** What it is about, once it has begun it. */
  readonly deed: Exclude<Deed, 'delete'> | null;
  readonly reason: string;
}

export interface TraversalRow {
  readonly stackId: StackId;
  readonly number: number;
  readonly goal: number;
  readonly action: StackAction;
  readonly state: TraversalState;
  readonly rollback: boolean;
  /** The goal this one restores; null when it is no rollback. */
  readonly rollbackOf: number | null;
  /** Actions to walk after cleanup. */
  readonly then: StackAction | null;
  readonly convergeLeft: number;
  readonly asideLeft: number;
  readonly cleanupLeft: number;
  readonly actionLeft: number;
  readonly failures: number;
  /** It deletes a nested stack, or its former versions, only in part, for something that stands refers to the rest; that counts as one of its failures. */
  readonly held: boolean;
  readonly nodes: number;
  readonly deadline: number | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly reason: string;
}

export interface GoalRow {
  readonly stackId: StackId;
  readonly number: number;
  readonly sha: Sha;
  readonly action: StackAction;
  readonly rollbackOf: number | null;
  /** The traversal that was started for it. */
  readonly traversal: number;
  readonly description: string;
  readonly parameters: JsonMap;
  readonly hidden: readonly string[];
  readonly immutable: readonly string[];
  readonly outputs: { readonly [name: string]: OutputDefinition };
  readonly outcome: 'in progress' | 'complete' | 'failed' | 'superseded';
  readonly requestedAt: number;
  readonly completedAt: number | null;
}

export interface EventRow {
  readonly stackId: StackId;
  readonly seq: number;
  readonly at: number;
  readonly traversal: number;
  /** null for an event of the stack itself. */
  readonly resourceId: ResourceId | null;
  readonly name: string;
  readonly type: string;
  readonly physicalId: string | null;
  readonly action: string;
  readonly status: string;
  readonly reason: string;
}

/** A resource as a goal declares it. */
export interface Declared {
  readonly name: string;
  readonly sha: Sha;
  readonly definition: Definition;
  /** The object's identity where it can be known before anything is resolved; null otherwise. */
  readonly identity: string | null;
  /** The type can't be updated while it is suspended. */
  readonly resumeToUpdate: boolean;
  /** Of a stack of its own: the types that it and what is nested in it are made of, as far as they can be told beforehand. */
  readonly needs?: readonly string[];
}

/** A goal ready to be stored. */
export interface NewGoal {
  readonly sha: Sha;
  readonly documents: GoalDocuments;
  readonly description: string;
  readonly declared: readonly Declared[];
  readonly outputs: { readonly [name: string]: OutputDefinition };
  readonly parameters: JsonMap;
  readonly hidden: readonly string[];
  readonly immutable: readonly string[];
  readonly rules: readonly NameRule[];
  /** Where events of the stack are sent. */
  readonly sinks: readonly EventSink[];
}

export type GoalSource =
  | { readonly kind: 'new'; readonly goal: NewGoal }
  /** A goal that is kept, by number; null: the last complete one, or the empty goal when none ever completed. */
  | { readonly kind: 'rollback'; readonly to: number | null }
  | { readonly kind: 'carry' }
  | { readonly kind: 'empty' };

/** A change that a person makes to one version, in the transaction that starts the traversal. */
export type Edit =
  | { readonly kind: 'replace'; readonly resourceId: ResourceId; readonly reason: string }
  | { readonly kind: 'unhealthy'; readonly resourceId: ResourceId; readonly reason: string }
  | { readonly kind: 'healthy'; readonly resourceId: ResourceId }
  | { readonly kind: 'forget'; readonly resourceId: ResourceId }
  | { readonly kind: 'adopt'; readonly resourceId: ResourceId; readonly physicalId: string }
  | { readonly kind: 'absent'; readonly resourceId: ResourceId }
  /**
   * Import before the first create: the name must be declared by the goal and have no live version. `type` is what the person takes it for; when
   * the goal declares another by then, the import is refused.
   */
  | { readonly kind: 'import'; readonly name: string; readonly physicalId: string; readonly type?: string };

export interface StartRequest {
  /** An existing stack by uuid, or a new one. */
  readonly stack: { readonly uuid: string } | { readonly uuid: string; readonly tenant: string; readonly name: string };
  readonly action: StackAction;
  readonly goal: GoalSource;
  /** Roll back by itself when this traversal fails; undefined keeps the stack's setting. */
  readonly rollback?: boolean;
  /** undefined keeps the stack's setting. */
  readonly timeoutMs?: number | null;
  /** Of the whole tree; undefined keeps it. */
  readonly priority?: Priority;
  readonly edits?: readonly Edit[];
  /** Refuse unless the stack stands as it did when the plan was made. */
  readonly expectChange?: number;
  /** Only start if the stack is IN_PROGRESS in a converge phase (cancel). */
  readonly onlyWhileConverging?: boolean;
  /** Every version is given up without being deleted (abandon). */
  readonly retainAll?: boolean;
  readonly now: number;
  readonly wallTime: number;
}

export type StartAnswer =
  | {
      readonly kind: 'started';
      readonly stack: StackRow;
      readonly goal: number;
      readonly traversal: number;
      readonly walked: number;
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

export type RefusalCode =
  | 'NOT_FOUND'
  | 'EXISTS'
  | 'MOVED'
  | 'NO_SUCH_GOAL'
  | 'NOTHING_TO_CANCEL'
  | 'IDENTITY_TAKEN'
  | 'IN_OPERATION'
  | 'NO_SUCH_RESOURCE'
  | 'ALREADY_MANAGED'
  | 'NOT_UNKNOWN'
  | 'NESTED'
  | 'NOTHING_TO_STOP'
  | 'NO_SUCH_HOOK'
  | 'RESTRICTED'
  | 'DATABASE_MOVED';

/**
 * Why a resource is worked on: to stand as the goal says; to go; to go because its successor can't exist beside it; for a stack action; or
 * only to end an operation whose traversal was superseded.
 */
export type Purpose = 'converge' | 'delete' | 'victim' | 'action' | 'operation';

/** A ready node or a due operation, with all that is needed to work on it. */
export interface WorkItem {
  readonly stack: { readonly id: StackId; readonly uuid: string; readonly name: string; readonly suspended: boolean };
  readonly traversal: number;
  readonly goal: number;
  readonly purpose: Purpose;
  readonly action: StackAction;
  readonly resource: ResourceRow;
  /** Absent when the operation outlived its traversal. */
  readonly node: NodeRow | null;
  readonly operation: OperationRow | null;
  /** True when the holder died or was lost: look before anything is made. */
  readonly recover: boolean;
  /** The definition in force for the node's name (converge), or the operation's own. */
  readonly definition: Definition | null;
  readonly definitionSha: Sha | null;
  /** Outputs of what the definition requires, by logical name. */
  readonly required: ReadonlyMap<string, RequiredOutputs>;
  /** Live sibling versions that may be reused instead of a new replacement. */
  readonly siblings: readonly Sibling[];
  /** Versions of its name that are not wanted and stand, or may; the newest first. */
  readonly namesakes: readonly Namesake[];
  /** Those it was made or last updated with. */
  readonly settings: StoredSettings | null;
  /** Of a resource that is a stack of its own; null for every other one. */
  readonly nested: NestedFacts | null;
  readonly asked: Asked;
}

/** What the environment asks of a resource by its name, and what of it was met. */
export interface Asked {
  readonly deed: Deed;
  /** Those that the node may meet. */
  readonly hooks: readonly Hook[];
  readonly cleared: readonly Hook[];
  readonly restrictedActions: readonly Restriction[];
}

/** What work on a nested stack needs to know. */
export interface NestedFacts {
  /** Of the goal in force where the resource is declared; null when that is empty. */
  readonly documents: GoalDocuments | null;
  readonly tenant: string;
  /** null before it was made, and once it is deleted. */
  readonly child: ChildFacts | null;
  /** The traversal under way restores a former goal. */
  readonly restoring: boolean;
  /** The goal in force where the resource is declared is complete. */
  readonly complete: boolean;
  /** It is to go, or its former versions are, and something that stands may refer to what goes. */
  readonly held: boolean;
}

export interface ChildFacts {
  readonly uuid: string;
  readonly name: string;
  readonly traversal: number;
  readonly state: TraversalState;
  readonly action: StackAction;
  readonly reason: string;
  readonly goalSha: Sha;
  readonly goalOutcome: GoalRow['outcome'];
  /** Its last traversal was started for its goal, not for an action alone. */
  readonly pursued: boolean;
  readonly description: string;
  readonly parameters: JsonMap;
  readonly immutable: readonly string[];
  /** The newest kept goal of each digest. */
  readonly goals: ReadonlyMap<Sha, number>;
  /** Its deletion or its cleanup went as far as it may for now. */
  readonly held: boolean;
  /** Versions that are not wanted are left. */
  readonly untidy: boolean;
  /** The same of it and of all that is nested in it. */
  readonly former: boolean;
  /** Something in it is made of outputs that are others now. */
  readonly stale: boolean;
  readonly outputs: { readonly [name: string]: OutputDefinition };
  /** What the outputs refer to, by logical name. */
  readonly outputsOf: ReadonlyMap<string, RequiredOutputs>;
  /** Differs whenever a reference to a resource within may give something else. */
  readonly inside: string;
}

/** Provider settings as they were kept with a resource. */
export interface StoredSettings {
  readonly id: number;
  readonly name: string;
  readonly values: JsonMap;
}

export interface RequiredOutputs {
  readonly resourceId: ResourceId;
  readonly revision: number;
  readonly type: string;
  readonly reference: string | null;
  readonly attributes: JsonMap;
  readonly secret: boolean;
  /** Of a nested stack: the number of its own goal. */
  readonly goal?: number;
  /** Of a nested stack: what is referred to of the resources within it, by logical name. */
  readonly inside?: Inside;
}

/** Outputs of resources within a nested stack, by logical name. */
export type Inside = ReadonlyMap<string, RequiredOutputs>;

export interface Sibling {
  readonly resourceId: ResourceId;
  readonly type: string;
  readonly inputsSha: Sha;
}

export interface Namesake {
  readonly resourceId: ResourceId;
  readonly type: string;
}

/** What identifies a claim; a write that carries a stale one changes nothing. */
export interface Claim {
  readonly stackId: StackId;
  readonly traversal: number;
  readonly nodeId: number;
  /** The node's epoch where there is no operation, else the operation's. */
  readonly epoch: number;
  readonly resourceId: ResourceId;
  /** Whether an operation row carries the claim. */
  readonly operation: boolean;
}

export interface UsedRequirement {
  readonly resourceId: ResourceId;
  readonly revision: number;
  /** Of a nested stack: its own goal when it was looked at, which may be ahead of the one whose outputs were read. */
  readonly goal?: number;
}

/** Committed before any call that changes the world. */
export interface Intent {
  readonly claim: Claim;
  readonly kind: OperationKind;
  readonly token: string;
  readonly properties: JsonMap | null;
  readonly inputsSha: Sha | null;
  readonly definition: Sha | null;
  readonly secret: boolean;
  readonly requirements: readonly UsedRequirement[];
  /** Unique among live objects; null for none. */
  readonly identity: string | null;
  readonly host: string | null;
  readonly settingId: number | null;
  readonly deadline: number | null;
  readonly reason: string;
  /** What a look found out just before, to be recorded with it. */
  readonly found?: { readonly physicalId: string | null };
  /** A look has shown that it is not as it is wanted, which this will not change: it stays in doubt. */
  readonly isOtherwise?: boolean;
  /** A token that can't be used any more but might still bring something into the world. */
  readonly buryToken: string | null;
  /** What it is part of; null where hooks have no say. */
  readonly deed: Exclude<Deed, 'delete'> | null;
}

export type IntentAnswer =
  | { readonly kind: 'go'; readonly epoch: number; readonly operationNumber: number }
  /** A newer goal rules, or somebody else holds the claim. */
  | { readonly kind: 'superseded' }
  /** The claim stands, but something else is being done with the resource, or it is gone: the node decides anew. */
  | { readonly kind: 'busy' }
  /** A live resource records the one to be deleted: not now. */
  | { readonly kind: 'required' }
  | { readonly kind: 'identity-taken'; readonly holder: IdentityHolder };

export interface IdentityHolder {
  readonly resourceId: ResourceId;
  readonly stackName: string;
  readonly name: string;
  readonly sameStack: boolean;
  readonly sameType: boolean;
  readonly wanted: boolean;
  /** It is not to be deleted, whoever is in its way. */
  readonly kept: boolean;
  /** It is still to be worked on in this traversal, and may be called otherwise then; it waits for nothing that waits for the claim's node. */
  readonly leaving: boolean;
}

/** The new truth about a resource; what is left out stays. */
export interface ResourcePatch {
  readonly action: ResourceAction;
  readonly status: ResourceStatus;
  readonly reason: string;
  readonly physicalId?: string | null;
  readonly reference?: string | null;
  readonly attributes?: JsonMap;
  readonly properties?: JsonMap | null;
  readonly inputsSha?: Sha | null;
  readonly definition?: Sha | null;
  readonly state?: Json;
  readonly schemaVersion?: number;
  readonly pending?: null;
  readonly doubt?: boolean;
  readonly secret?: boolean;
  readonly host?: string | null;
  /** Of the provider settings that its object belongs to. */
  readonly settingId?: number | null;
  /** null: the token's object is known to be absent or gone. */
  readonly token?: string | null;
  readonly unhealthy?: string | null;
  readonly forced?: null;
  readonly external?: boolean;
  readonly late?: boolean;
  /** What the object is called by now, or null for nothing: other identities that the version holds are let go. */
  readonly identity?: string | null;
  /** The deed that is begun; null: a node has it done. */
  readonly acted?: Exclude<Deed, 'delete'> | null;
  /** True when outputs that others may refer to differ from the stored ones. */
  readonly revised?: boolean;
  /** Write no event. */
  readonly silent?: boolean;
}

/** How work on a claim ended. */
export type Settlement =
  /** Node done; the resource stands as wanted. */
  | {
      readonly kind: 'done';
      readonly claim: Claim;
      readonly patch: ResourcePatch | null;
      readonly requirements: readonly UsedRequirement[] | null;
      /** What was recorded before stays recorded besides. */
      readonly keepRecorded?: boolean;
      /** The nested stack as it was read; where it has moved on the node decides anew. */
      readonly seen?: SeenChild;
      readonly buryToken?: string | null;
      /** A provider did something for it just now. */
      readonly did?: boolean;
      /** The node is done when this hook is cleared. */
      readonly hook?: Hook;
    }
  /** Rests at a hook before anything is done. */
  | { readonly kind: 'pause'; readonly claim: Claim; readonly hook: Hook }
  /** The node waits for the nested stack, in which this is begun. */
  | {
      readonly kind: 'nest';
      readonly claim: Claim;
      readonly patch: ResourcePatch | null;
      readonly begin: NestedBegin;
      /** The child as it was seen; where it has moved on the node decides anew. */
      readonly seen: SeenChild | null;
      readonly requirements: readonly UsedRequirement[];
      readonly deed: Exclude<Deed, 'delete'> | null;
    }
  /** The object is gone or was given up: the row goes. */
  | {
      readonly kind: 'gone';
      readonly claim: Claim;
      readonly reason: string;
      readonly buryToken: string | null;
      /** The node is done when this hook is cleared. */
      readonly hook?: Hook;
    }
  /** The operation goes on later. */
  | {
      readonly kind: 'sleep';
      readonly claim: Claim;
      readonly wakeAt: number;
      readonly progress: Json;
      readonly physicalId: string | null;
      readonly reason: string;
      readonly intent: Intent | null;
    }
  /** Make another version of it. */
  | {
      readonly kind: 'replace';
      readonly claim: Claim;
      readonly patch: ResourcePatch | null;
      readonly reason: string;
      readonly type: string;
      readonly deleteFirst: boolean;
      readonly deletionPolicy: string;
      /** It will be a stack of its own. */
      readonly nested?: boolean;
    }
  /** Take a sibling version that is already what is wanted. */
  | {
      readonly kind: 'reuse';
      readonly claim: Claim;
      readonly sibling: ResourceId;
      readonly inputsSha: Sha;
      readonly reason: string;
    }
  /** The name takes over the row that holds its object. */
  | { readonly kind: 'take-over'; readonly claim: Claim; readonly holder: ResourceId; readonly reason: string }
  /** The version that holds what this one is to be called, and is wanted no more, is deleted first. */
  | { readonly kind: 'make-way'; readonly claim: Claim; readonly holder: ResourceId; readonly reason: string }
  /** The node goes on when what holds what this one is to be called has been worked on. */
  | { readonly kind: 'wait'; readonly claim: Claim; readonly holder: ResourceId; readonly reason: string }
  /** Try again later; the operation is over. */
  | {
      readonly kind: 'retry';
      readonly claim: Claim;
      readonly patch: ResourcePatch | null;
      readonly wakeAt: number;
      readonly failure: Failure;
    }
  /** The operation is over and its truth recorded; the node decides anew. */
  | { readonly kind: 'again'; readonly claim: Claim; readonly patch: ResourcePatch | null; readonly buryToken?: string | null }
  | {
      readonly kind: 'failed';
      readonly claim: Claim;
      readonly patch: ResourcePatch | null;
      readonly failure: Failure;
      /** The nested stack as it was seen; where it has moved on the node decides anew. */
      readonly seen?: SeenChild | null;
      readonly buryToken?: string | null;
    }
  /** Given back untouched. */
  | { readonly kind: 'release'; readonly claim: Claim }
  /** Early cleanup that can't be done before the cleanup phase. */
  | { readonly kind: 'defer'; readonly claim: Claim; readonly reason: string };

export interface SeenChild {
  readonly traversal: number;
  readonly state: TraversalState;
}

/** What a node begins in its nested stack. */
export type NestedBegin =
  /** Nothing: it waits for what is under way there. */
  | { readonly kind: 'wait' }
  | {
      readonly kind: 'create';
      readonly uuid: string;
      readonly name: string;
      readonly goal: NewGoal;
      readonly timeoutMs?: number | null;
    }
  | { readonly kind: 'start'; readonly action: StackAction; readonly goal: GoalSource; readonly timeoutMs?: number | null }
  /** The versions of former goals go: the root is past its barrier. */
  | { readonly kind: 'cleanup' }
  /** It is to go and something may still refer to it: what may go goes, and the rest waits for that. */
  | { readonly kind: 'give-way'; readonly stays: boolean };

/** How long what is over is kept. Ages are of wall time. */
export interface Retention {
  /** Events of stacks that stand, those of the current traversal aside. */
  readonly eventsMs: number;
  readonly traversalsMs: number;
  /** Stacks that were deleted, with all their events. */
  readonly deletedStacksMs: number;
  /** Goals; null: by number only. Never the current and the last complete one. */
  readonly goalsMs: number | null;
}

export interface PurgeRequest {
  /** Only stacks with a higher id; 0 to begin. */
  readonly after: number;
  readonly retention: Retention;
  /** About so many rows at most. */
  readonly limit: number;
  readonly now: number;
  readonly wallTime: number;
}

export interface Purged {
  readonly events: number;
  readonly traversals: number;
  readonly goals: number;
  readonly stacks: number;
  readonly tombstones: number;
  /** Where to go on; null when all stacks were looked at. */
  readonly next: number | null;
}

/** Whether work goes on in this database; `since` is wall time. */
export type Gate =
  | { readonly state: 'open' }
  /** paused: nothing is claimed. moving: and no request is accepted. moved: another database took over. */
  | { readonly state: 'paused' | 'moving' | 'moved'; readonly since: number; readonly reason: string };

export type StopAnswer =
  | { readonly kind: 'stopped'; readonly stack: StackRow; readonly operations: number }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

export interface ClearRequest {
  readonly stack: { readonly uuid: string };
  /** The resource's name. */
  readonly resource: string;
  /** Null: whichever it rests at. */
  readonly hooks: readonly Hook[] | null;
  readonly now: number;
  readonly wallTime: number;
}

export type ClearAnswer =
  | { readonly kind: 'cleared'; readonly stack: StackRow; readonly cleared: readonly Hook[] }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

/** Of each tenant with stacks in progress the stack that was served last; the tenant that was served longest ago first. */
export type TenantTurns = ReadonlyMap<string, StackId>;

/** The stack that was served last, of each priority of which there was one. */
export type Served = { readonly [priority in Priority]?: StackId } & {
  /** Where more than one tenant is at work. */
  readonly tenants?: { readonly [priority in Priority]?: TenantTurns };
};

export interface TurnRequest {
  readonly engineId: EngineId;
  readonly settlements: readonly Settlement[];
  readonly intents: readonly Intent[];
  /** Claim at most so many, of the types offered; 0 for none. */
  readonly claim: {
    readonly free: number;
    readonly calls: number;
    /** The stacks served last, as the last turn's answer said it: the next ones come first. */
    readonly after?: Served;
    /** How many turns of this engine got work: says which priority comes first (engine/priorities.ts). */
    readonly turn?: number;
  };
  readonly offer: Offer;
  readonly now: number;
  readonly wallTime: number;
}

/** What an engine can work on. */
export interface Offer {
  readonly effectTypes: readonly string[];
  readonly freeTypes: readonly string[];
  readonly host: string;
  /** Attempts per node before a retry-later failure is final. */
  readonly maxAttempts: number;
  readonly maxReplacements: number;
}

export interface TurnAnswer {
  /** In the order of the intents; null for one that was postponed. */
  readonly intents: readonly (IntentAnswer | null)[];
  readonly claimed: readonly WorkItem[];
  /** The next time at which something sleeping is due; null for none. */
  readonly dueAt: number | null;
  /** False: the engine's lease lapsed; it must register again before it gets work. */
  readonly enlisted: boolean;
  /** Stacks whose traversal ended in this turn. */
  readonly ended: readonly StackId[];
  /** For the next turn's `claim.after`. */
  readonly served: Served;
  /** Settlements and intents (by place) of trees that somebody else had locked: nothing was done about them, they are for the next turn. */
  readonly postponed: { readonly settlements: readonly Settlement[]; readonly intents: readonly number[] };
}

export interface EngineRegistration {
  readonly id: EngineId;
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** Start time of the process as the system tells it, so that a reused pid is no life sign. */
  readonly started: string;
  readonly leaseUntil: number;
  readonly wallTime: number;
}

export interface EngineRow extends EngineRegistration {
  readonly claims: number;
  readonly operations: number;
}

export interface Heartbeat {
  /** False: the lease was lost; the engine must stop what it does. */
  readonly alive: boolean;
  /** Operations held by this engine that are not wanted any more. */
  readonly cancelled: readonly ResourceId[];
  /** The resources of every claim and operation held by this engine. */
  readonly held: readonly ResourceId[];
  /** Operations that were this engine's until a person stopped their stack; they are given back by now, and its calls are to be aborted. */
  readonly stopped: readonly ResourceId[];
  readonly engines: readonly EngineRegistration[];
  /** What is to be done besides, seen in the same glance: most of the time nothing. */
  readonly due: {
    /** A lease has lapsed, or something is held in the name of nobody. */
    readonly freeing: boolean;
    readonly sweeping: boolean;
    readonly tombstones: boolean;
  };
}

/** The database can't be reached, or its answer never came: the act may have happened wholly or not at all. */
export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost';
}

export interface Store {
  /** One row per engine. Repeating it is harmless. */
  registerEngine(engine: EngineRegistration): Promise<void>;
  /** Extends the lease unless it was already taken away, and tells who else is there and what is due at `now`. */
  renewLease(engineId: EngineId, leaseUntil: number, now: number): Promise<Heartbeat>;
  /** Frees what dead engines hold: claimed nodes become ready, running operations claimable. `dead` names engines whose process is gone. */
  freeDead(dead: readonly EngineId[], now: number): Promise<number>;
  /** Frees what is held in the engine's name for these resources: it never heard of having got them. */
  disown(engineId: EngineId, resourceIds: readonly ResourceId[]): Promise<void>;
  listEngines(): Promise<readonly EngineRow[]>;
  /** The engine leaves: its claims become ready, its operations claimable at once. */
  retireEngine(engineId: EngineId, now: number): Promise<void>;
  /** Keeps provider settings; the same content has the same id. */
  putSettings(provider: string, name: string, values: JsonMap): Promise<number>;
  /** Accepts a request: goal, versions, nodes and counters, or nothing at all. A caller who lost the answer finds the traversal in the stack's row. */
  startTraversal(request: StartRequest): Promise<StartAnswer>;
  /** Settles, records intents and claims, in this order. A settlement or intent with a stale claim changes nothing but the truth about its own operation. Repeating a turn is harmless: the claims are spent. */
  turn(request: TurnRequest): Promise<TurnAnswer>;
  /** A person clears hooks that the resource rests at: its node is ready again, or done. A caller who lost the answer finds nothing left to clear. */
  clearHooks(request: ClearRequest): Promise<ClearAnswer>;
  /** Stores an operation's progress; false when the claim is stale. */
  saveProgress(claim: Claim, known: { readonly physicalId?: string; readonly progress?: Json }): Promise<boolean>;
  /** Acts on deadlines of traversals that have passed. */
  sweep(now: number, wallTime: number): Promise<number>;
  /** Removes what is older than it is to be kept, some stacks at a time. Repeating it is harmless. */
  purge(request: PurgeRequest): Promise<Purged>;
  /** Tokens that ended but may still bring something into the world, due to be looked for; they are due again at `next`. */
  takeTombstones(
    due: { readonly now: number; readonly next: number; readonly limit: number },
    offer: Pick<Offer, 'effectTypes' | 'freeTypes' | 'host'>,
  ): Promise<readonly Tombstone[]>;
  /** Whether a resource has that object by now. */
  holderOf(tombstone: Pick<Tombstone, 'type' | 'resourceId'>, physicalId: string): Promise<Holder>;
  /** Nothing can come of it any more. */
  endTombstone(token: string): Promise<void>;
}

export type Holder = 'nobody' | 'somebody' | 'perhaps';

export interface Tombstone {
  readonly token: string;
  /** The version that the token was of, whether or not its row is still there. */
  readonly resourceId: ResourceId;
  readonly type: string;
  readonly host: string | null;
  readonly settings: StoredSettings | null;
  readonly properties: JsonMap;
  readonly stackUuid: string;
  readonly stackName: string;
  readonly name: string;
  readonly until: number;
}
