/**
 * Makes rows of lists of values.
 *
 * A literal that names its columns makes objects of one shape at once. Assigning them one by one takes five times as long, and V8 gives up the
 * shape of an object that gets more than a dozen so: each later look at such a row is a look into a hash table.
 */
import type { SqlRow, SqlValue } from './sql.ts';

export type RowMaker = (values: readonly SqlValue[]) => SqlRow;

/** Names are quoted as JSON is, so whatever a column is called, it is a name and no code. */
export function rowMaker(names: readonly string[]): RowMaker {
  const fields = names.map((name, i) => `${JSON.stringify(name)}: values[${i}]`);
  return new Function('values', `return { ${fields.join(', ')} };`) as RowMaker;
}
