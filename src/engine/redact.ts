/** The one redaction point: secret texts never leave the engine in a message. */

import type { Json, JsonMap } from '../std/json.ts';
import type { Logger } from './ports/provider.ts';
import type { ResourceRow } from './ports/store.ts';

const mask = '******';

/** Replaces every secret text of three or more characters. */
export function redact(message: string, secrets: ReadonlySet<string>): string {
  let redacted = message;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= 3) redacted = redacted.replaceAll(secret, mask);
  }
  return redacted;
}

/** What a type logs goes through the same point, fields and all. */
export function redactLog(log: Logger, secrets: ReadonlySet<string>): Logger {
  if (secrets.size === 0) return log;
  const masked =
    (level: keyof Logger) =>
    (message: string, fields?: JsonMap): void =>
      log[level](redact(message, secrets), fields && (redactValue(fields, secrets) as JsonMap));
  return { debug: masked('debug'), info: masked('info'), warn: masked('warn') };
}

function redactValue(value: Json, secrets: ReadonlySet<string>): Json {
  if (typeof value === 'string') return redact(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactValue(item as Json, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redact(key, secrets), redactValue(item as Json, secrets)]),
  );
}

/** The texts that must not be told of a resource that holds secrets, where its definition is not at hand: all of its values. */
export function secretsOf(
  row: Pick<ResourceRow, 'secret' | 'properties' | 'pending' | 'attributes' | 'physicalId'>,
): ReadonlySet<string> {
  const secrets = new Set<string>();
  if (!row.secret) return secrets;
  for (const values of [row.properties, row.pending, row.attributes]) addSecretTexts(secrets, values);
  if (row.physicalId !== null) secrets.delete(row.physicalId);
  return secrets;
}

/** Adds every text in a value. */
export function addSecretTexts(secrets: Set<string>, value: unknown): void {
  if (typeof value === 'string') secrets.add(value);
  else if (Array.isArray(value)) for (const item of value) addSecretTexts(secrets, item);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) addSecretTexts(secrets, item);
}
