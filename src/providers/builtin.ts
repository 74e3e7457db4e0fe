/** The types that come with Setpoint, in two lists: a server that runs other people's templates must not offer the second. */
import type { ResourceType } from '../engine/ports/provider.ts';
import { command } from './types/command.ts';
import { delay } from './types/delay.ts';
import { directory } from './types/directory.ts';
import { file } from './types/file.ts';
import { httpRequest } from './types/http-request.ts';
import { none } from './types/none.ts';
import { localProcess } from './types/process.ts';
import { randomString } from './types/random-string.ts';
import { cloudFormationStack, heatStack } from './types/stack.ts';
import { testResource } from './types/test-resource.ts';
import { value } from './types/value.ts';

/** Touch nothing outside the database. */
export const pureTypes: readonly ResourceType[] = Object.freeze([
  cloudFormationStack,
  delay,
  heatStack,
  none,
  randomString,
  testResource,
  value,
]);

/** Reach the engine's own machine or its network, with the engine's own rights: only for operators who write their own templates. */
export const localTypes: readonly ResourceType[] = Object.freeze([command, directory, file, httpRequest, localProcess]);

export function builtinTypes(options: { readonly allowLocal: boolean }): readonly ResourceType[] {
  return options.allowLocal ? [...pureTypes, ...localTypes] : pureTypes;
}
