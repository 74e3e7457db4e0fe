/**
 * Values that are kept as long as they are not too much together.
 *
 * Whoever writes templates decides how large what is read from them becomes, so a cache counts sizes, not entries. When they pass what it
 * may hold, all is forgotten at once: what is in use comes back with its next use.
 */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  /** `size` in the same unit as what the cache may hold; a value larger than that is not kept. */
  set(key: string, value: Value, size: number): void;
  /** So much more is held by one that was kept. */
  grow(size: number): void;
}

export function createBoundedCache<Value>(most: number): BoundedCache<Value> {
  const kept = new Map<string, Value>();
  let held = 0;
  const grow = (size: number): void => {
    held += size;
    if (held <= most) return;
    kept.clear();
    held = 0;
  };
  return {
    get: (key) => kept.get(key),
    set(key, value, size) {
      if (size > most) return;
      grow(size);
      if (held === 0) held = size;
      kept.set(key, value);
    },
    grow,
  };
}
