/** Names with `*` in them, as environments use them for resources. Pure, in linear time: each part is found after the one before. */

export function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** Each name by its pattern, and no more of one than of the other. */
export function matchesAll(patterns: readonly string[], names: readonly string[]): boolean {
  return patterns.length === names.length && patterns.every((pattern, i) => matchesGlob(pattern, names[i]!));
}
