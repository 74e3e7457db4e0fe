/** The package's face for those who embed it. */

export { InvalidRequest } from '../std/diagnostic.ts';
export { gatherFiles } from './gather-files.ts';
export { readGlobalEnvironments, usualEnvironmentDirectory } from './global-environments.ts';
export { type Accepted, type Ended, openSetpoint, Refused, type Setpoint, type SetpointOptions } from './setpoint.ts';
export type { EventSinkType, SentEvent } from './sinks/event-sink.ts';
export { createLogSink } from './sinks/log-sink.ts';
export { createWebhookSink, type WebhookOptions } from './sinks/webhook-sink.ts';
