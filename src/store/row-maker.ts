/**
 * Makes rows of lists of values.
 *
 * A literal that names its columns makes objects of one shape at once. Assigning them one by one takes five times as long, and V8 gives up the
 * shape of an object that gets more than a dozen so: each later look at such a row is a look into a hash table.
 */
import type { SqlRow, SqlValue } from './sql.ts';

export type RowMaker = (values: readonly SqlValue[]) => SqlRow;

/** Code is made of our own column names alone. Where Node is told to make none of texts, rows are copies of one that has them all. */
export function rowMaker(names: readonly string[]): RowMaker {
  try {
    return makerByLiteral(names);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return makerByCopy(names);
  }
}

/** Names are quoted as JSON is, so whatever a column is called, it is a name and no code. */
export function makerByLiteral(names: readonly string[]): RowMaker {
  const fields = names.map((name, i) => `${JSON.stringify(name)}: values[${i}]`);
  return new Function('values', `return { ${fields.join(', ')} };`) as RowMaker;
}

export function makerByCopy(names: readonly string[]): RowMaker {
  const empty = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`) as SqlRow;
  return (values) => {
    const row: { [column: string]: SqlValue } = { ...empty };
    for (const [i, name] of names.entries()) row[name] = values[i]!;
    return row;
  };
}
