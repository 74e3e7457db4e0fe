/**
 * A place in a document, as a list that grows at its end: cheap to make while walking, spelled out only when something is wrong there.
 */

export interface Path {
  readonly parent: Path | null;
  readonly key: string | number;
}

/** The place of `key` within `parent`. */
export function within(parent: Path | null, key: string | number): Path {
  return { parent, key };
}

/** The keys from the root on. */
export function pathKeys(path: Path | null): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let step = path; step !== null; step = step.parent) keys.push(step.key);
  return keys.reverse();
}

/** `resources.web.properties.ports[0]`. */
export function pathText(path: Path | null): string {
  let text = '';
  for (const key of pathKeys(path)) text += typeof key === 'number' ? `[${key}]` : text === '' ? key : `.${key}`;
  return text;
}
