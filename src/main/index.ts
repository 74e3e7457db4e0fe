/** The package's face for those who embed it. */

export { InvalidRequest } from '../std/diagnostic.ts';
export { gatherFiles } from './gather-files.ts';
export { readGlobalEnvironments, usualEnvironmentDirectory } from './global-environments.ts';
export { type Accepted, type Ended, openSetpoint, Refused, type Setpoint, type SetpointOptions } from './setpoint.ts';
