/** What work on one claim may use: the engine's side of the counter, with everything injected. */
import type { Json, JsonMap } from '../std/json.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import type { Clock, Random } from './ports/environment.ts';
import type { Observer } from './ports/observer.ts';
import type { CallEnvironment, Logger, TypeRegistry } from './ports/provider.ts';
import type { Claim, Intent, IntentAnswer, ResourceId } from './ports/store.ts';

export interface ProviderSettings {
  readonly id: number;
  readonly name: string;
  readonly values: JsonMap;
}

/** Named settings by family and name, as the operator gave them. */
export interface SettingsSource {
  findSettings(family: string, name: string): ProviderSettings | undefined;
}

export interface Desk {
  readonly types: TypeRegistry & TypeCatalog;
  readonly clock: Clock;
  readonly random: Random;
  readonly callEnvironment: CallEnvironment;
  readonly log: Logger;
  /** Null: nobody watches. */
  readonly observer: Observer | null;
  readonly host: string;
  readonly digestKey: Uint8Array;
  readonly settings: SettingsSource;
  /** Commits an intent, together with whatever else the next turn holds. */
  intend(intent: Intent): Promise<IntentAnswer>;
  saveProgress(claim: Claim, known: { readonly physicalId?: string; readonly progress?: Json }): Promise<boolean>;
  /** Aborted when a call on this resource is not wanted any more, is late, or is lost. */
  openCall(resourceId: ResourceId, deadline: number | null, interruptible: boolean): OpenCall;
}

export interface OpenCall {
  readonly signal: AbortSignal;
  /** Waits for a place among the calls that the engine makes at once; false when it was aborted before there was one. */
  begin(): Promise<boolean>;
  /** From now on it has so many milliseconds, where it has no deadline. */
  limit(ms: number): void;
  close(): void;
}

/** Why a call was aborted; the reason of its signal. */
export type AbortReason = 'cancelled' | 'deadline' | 'lost' | 'stopping';
