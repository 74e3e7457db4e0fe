/**
 * Where the configuration file lets events be sent:
 * `event_sinks: {webhook: {hosts: [HOST, …], inside: [HOST, …]}, log: {NAME: PATH, …}}`.
 */
import { dirname, resolve } from 'node:path';
import type { EventSinkType } from '../main/sinks/event-sink.ts';
import { createLogSink } from '../main/sinks/log-sink.ts';
import { createWebhookSink } from '../main/sinks/webhook-sink.ts';
import type { Json } from '../std/json.ts';
import { asMap, checkNames, mapValues, readConfigFile, wrong } from './config-file.ts';

export function loadEventSinks(path: string): readonly EventSinkType[] {
  const given = asMap(path, 'event_sinks', readConfigFile(path)['event_sinks'] ?? {});
  checkNames(path, 'event_sinks.', given, ['webhook', 'log']);
  const { webhook, log } = given;
  return [...(webhook === undefined ? [] : [readWebhook(path, webhook)]), ...(log === undefined ? [] : [readLog(path, log)])];
}

function readWebhook(path: string, value: Json): EventSinkType {
  const place = 'event_sinks.webhook';
  const given = asMap(path, place, value);
  checkNames(path, `${place}.`, given, ['hosts', 'inside']);
  const { hosts = [], inside = [] } = given;
  return createWebhookSink({ hosts: hostsOf(path, `${place}.hosts`, hosts), inside: hostsOf(path, `${place}.inside`, inside) });
}

/** Paths are from where the file is, whichever directory a command runs in. */
function readLog(path: string, value: Json): EventSinkType {
  const given = asMap(path, 'event_sinks.log', value);
  return createLogSink(
    mapValues(given, (file, name) => {
      if (typeof file === 'string' && file !== '') return resolve(dirname(path), file);
      throw wrong(path, `event_sinks.log.${name} must be a path`);
    }),
  );
}

/** `host` or `host:port`; `*` stands for any part of a name. */
const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9*_.-]+)(:\d{1,5})?$/i;

function hostsOf(path: string, place: string, value: Json): readonly string[] {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  return list.map((host) => {
    if (typeof host === 'string' && hostPattern.test(host)) return host;
    throw wrong(path, `${place}: ${JSON.stringify(host)} is no host; say hooks.example.org, *.example.org or 10.0.0.5:8080`);
  });
}
