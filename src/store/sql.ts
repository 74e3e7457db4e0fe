/**
 * Acts: transactions written once, as generators that yield SQL statements and receive rows.
 *
 * A driver runs an act from begin to commit; on SQLite without ever giving up the thread, on PostgreSQL awaiting each answer. So the subtle
 * part, which rows follow from which, exists once for both. Statements are constant texts with `?` for parameters and two forms that each
 * dialect spells its own way: `@rows(a int, b text)` is a table made of one JSON parameter (a list of lists), `@ids` a column of integers
 * and `@names` a column of texts, each made of one JSON parameter (a list).
 * `@clustered` after a table's columns keeps its rows in the order of the primary key where a database can.
 *
 * A limit is written `limit ? + 0`: SQLite plans anew for each value of a bare `limit ?`, which costs ten times the statement.
 */
export type SqlValue = null | number | string;
export type SqlRow = { readonly [column: string]: SqlValue };

export interface Statement {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

export type Act<T> = Generator<Statement, T, readonly SqlRow[]>;

/** Runs a statement and gives its rows. */
export function* query<R = SqlRow>(text: string, ...params: SqlValue[]): Act<readonly R[]> {
  return (yield { text, params }) as unknown as readonly R[];
}

/** Runs a statement that gives one row or none. */
export function* queryOne<R = SqlRow>(text: string, ...params: SqlValue[]): Act<R | undefined> {
  const rows = (yield { text, params }) as unknown as readonly R[];
  return rows[0];
}

/** Runs a statement with a table parameter, unless the table is empty. */
export function* queryRows<R = SqlRow>(
  text: string,
  rows: readonly (readonly SqlValue[])[],
  ...more: SqlValue[]
): Act<readonly R[]> {
  if (rows.length === 0) return [];
  return (yield { text, params: [JSON.stringify(rows), ...more] }) as unknown as readonly R[];
}

/** Spells a statement for SQLite. */
export function toSqlite(text: string): string {
  return text
    .replace(
      /@rows\(([^)]*)\)/g,
      (_, columns: string) =>
        `(select ${columnsOf(columns)
          .map(({ name }, i) => `value->>${i} as ${name}`)
          .join(', ')} from json_each(?))`,
    )
    .replace(/@ids|@names/g, '(select value from json_each(?))')
    .replace(/@clustered/g, 'without rowid');
}

const postgresTypes: { readonly [type: string]: string } = { int: 'bigint', text: 'text' };

/** Spells a statement for PostgreSQL. */
export function toPostgres(text: string): string {
  let parameter = 0;
  return text
    .replace(
      /@rows\(([^)]*)\)/g,
      (_, columns: string) =>
        `(select ${columnsOf(columns)
          .map(({ name, type }, i) => `(value->>${i})::${postgresTypes[type]} as ${name}`)
          .join(', ')} from jsonb_array_elements(?::jsonb))`,
    )
    .replace(/@ids/g, '(select value::bigint from jsonb_array_elements_text(?::jsonb))')
    .replace(/@names/g, '(select value from jsonb_array_elements_text(?::jsonb))')
    .replace(/@clustered/g, '')
    .replace(/\?/g, () => `$${++parameter}`);
}

function columnsOf(columns: string): { name: string; type: string }[] {
  return columns.split(',').map((column) => {
    const [name = '', type = ''] = column.trim().split(/\s+/);
    return { name, type };
  });
}
