/** The one redaction point: secret texts never leave the engine in a message. */

const mask = '******';

/** Replaces every secret text of three or more characters. */
export function redact(message: string, secrets: ReadonlySet<string>): string {
  let redacted = message;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= 3) redacted = redacted.replaceAll(secret, mask);
  }
  return redacted;
}

/** Adds every text in a value. */
export function addSecretTexts(secrets: Set<string>, value: unknown): void {
  if (typeof value === 'string') secrets.add(value);
  else if (Array.isArray(value)) for (const item of value) addSecretTexts(secrets, item);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) addSecretTexts(secrets, item);
}
