/**
 * Acts: transactions written once, as generators that yield SQL statements and receive rows.
 *
 * A driver runs an act from begin to commit; on SQLite without ever giving up the thread, on PostgreSQL awaiting each answer. So the subtle
 * part, which rows follow from which, exists once for both. Statements are constant texts with `?` for parameters and two forms that each
 * dialect spells its own way: `@rows(a int, b text)` is a table made of one JSON parameter (a list of lists), `@ids` a column of integers
 * and `@names` a column of texts, each made of one JSON parameter (a list).
 * `@upsince` is since when the database server has been up, in milliseconds (0 where there is no server).
 * `@clustered` after a table's columns keeps its rows in the order of the primary key where a database can. A statement that begins with
 * `@sqlite` or `@postgres` is for that database only; the other passes over it with no rows.
 *
 * A limit is written `limit ? + 0`: SQLite plans anew for each value of a bare `limit ?`, which costs ten times the statement.
 */
export type SqlValue = null | number | string;
export type SqlRow = { readonly [column: string]: SqlValue };

export interface Statement {
  readonly text: string;
  readonly params: readonly SqlValue[];
  /** Nobody looks at its rows, so it may travel along with the next one. Its answer is no rows, and comes at once. */
  readonly blind?: true;
}

/** Several statements in one round trip, one after the other; the answer is a list with the rows of each. */
export interface Together {
  readonly together: readonly Statement[];
}

type Rows = readonly SqlRow[];
export type Act<T> = Generator<Statement | Together, T, Rows | readonly Rows[]>;

/** Thrown inside an act to take it back and give this answer all the same. */
export class Refusal<T> extends Error {
  override readonly name = 'Refusal';
  readonly answer: T;
  constructor(answer: T) {
    super('refused');
    this.answer = answer;
  }
}

/** Runs acts, each in one transaction of its own. `make` may be called again: an act that met a deadlock is run anew from its beginning. */
export interface ActRunner {
  write<T>(make: () => Act<T>): Promise<T>;
  /** Reads from one snapshot. */
  read<T>(make: () => Act<T>): Promise<T>;
  /** Reads with one statement at most, which needs no transaction around it. */
  glance<T>(make: () => Act<T>): Promise<T>;
}

/** Runs a statement and gives its rows. */
export function* query<R = SqlRow>(text: string, ...params: SqlValue[]): Act<readonly R[]> {
  return (yield { text, params }) as unknown as readonly R[];
}

/** Runs a statement that gives one row or none. */
export function* queryOne<R = SqlRow>(text: string, ...params: SqlValue[]): Act<R | undefined> {
  const rows = (yield { text, params }) as unknown as readonly R[];
  return rows[0];
}

/** Runs a statement whose rows nobody looks at. */
export function* run(text: string, ...params: SqlValue[]): Act<void> {
  yield { text, params, blind: true };
}

/** The same with a table parameter, unless the table is empty. */
export function* runRows(text: string, rows: readonly (readonly SqlValue[])[], ...more: SqlValue[]): Act<void> {
  if (rows.length > 0) yield { text, params: [JSON.stringify(rows), ...more], blind: true };
}

/** A statement to be run with others. */
export interface Ask<R> extends Statement {
  readonly rows?: R;
}

export function ask<R = SqlRow>(text: string, ...params: SqlValue[]): Ask<R> {
  return { text, params };
}

/** The same with a table parameter; null, and no rows, when the table is empty. */
export function askRows<R = SqlRow>(text: string, rows: readonly (readonly SqlValue[])[], ...more: SqlValue[]): Ask<R> | null {
  return rows.length === 0 ? null : { text, params: [JSON.stringify(rows), ...more] };
}

type RowsOf<A extends readonly (Ask<unknown> | null)[]> = {
  [I in keyof A]: A[I] extends Ask<infer R> | null ? readonly R[] : never;
};

/** Runs statements none of which needs another one's rows; gives the rows of each. */
export function* together<const A extends readonly (Ask<unknown> | null)[]>(...asks: A): Act<RowsOf<A>> {
  const asked = asks.filter((one) => one !== null);
  const answers = asked.length === 0 ? [] : ((yield { together: asked }) as readonly Rows[]);
  let next = 0;
  return asks.map((one) => (one === null ? [] : answers[next++]!)) as unknown as RowsOf<A>;
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

/** Spells a statement for SQLite; null when it is not for it. */
export function toSqlite(text: string): string | null {
  if (text.startsWith('@postgres')) return null;
  return text
    .replace(/^@sqlite\s+/, '')
    .replace(
      /@rows\(([^)]*)\)/g,
      (_, columns: string) =>
        `(select ${columnsOf(columns)
          .map(({ name }, i) => `value->>${i} as ${name}`)
          .join(', ')} from json_each(?))`,
    )
    .replace(/@ids|@names/g, '(select value from json_each(?))')
    .replace(/@upsince/g, '0')
    .replace(/@clustered/g, 'without rowid');
}

const postgresTypes: { readonly [type: string]: string } = { int: 'bigint', text: 'text' };

/** A statement as PostgreSQL has it. */
export interface PostgresText {
  readonly text: string;
  /** Places of parameters that are JSON, from 0. */
  readonly json: ReadonlySet<number>;
}

/**
 * Spells a statement for PostgreSQL; null when it is not for it.
 *
 * Two spellings are for its planner, which knows nothing of a parameter's size and little of tables that fill and empty like queues. What is
 * always true of `@rows` (each is a list) makes it look like one row, so that a join goes from it to the table, by the key, and never the
 * other way. `in @ids` becomes an array, which an index takes as a condition.
 */
export function toPostgres(text: string): PostgresText | null {
  if (text.startsWith('@sqlite')) return null;
  const json = new Set<number>();
  let parameter = 0;
  const spelled = spellDefinitions(text.replace(/^@postgres\s+/, ''))
    .replace(
      /@rows\(([^)]*)\)/g,
      (_, columns: string) =>
        `(select ${columnsOf(columns)
          .map(({ name, type }, i) => `(value->>${i})::${postgresTypes[type]} as ${name}`)
          .join(', ')} from jsonb_array_elements(?::jsonb) where jsonb_typeof(value) = 'array')`,
    )
    .replace(/(?<!not )in @ids/g, '= any(array(select value::bigint from jsonb_array_elements_text(?::jsonb)))')
    .replace(/(?<!not )in @names/g, '= any(array(select value from jsonb_array_elements_text(?::jsonb)))')
    .replace(/@ids/g, '(select value::bigint from jsonb_array_elements_text(?::jsonb))')
    .replace(/@names/g, '(select value from jsonb_array_elements_text(?::jsonb))')
    .replace(/@upsince/g, '(extract(epoch from pg_postmaster_start_time()) * 1000)::bigint')
    .replace(/\?(::jsonb)?/g, (_, cast: string | undefined) => {
      if (cast !== undefined) json.add(parameter);
      return `$${++parameter}${cast ?? ''}`;
    });
  return { text: spelled, json };
}

/** Tables hold 64-bit integers, and texts that sort by their bytes, as SQLite's do, whatever the database's own collation is. */
function spellDefinitions(text: string): string {
  if (!/^\s*(create|alter)\s+table/i.test(text)) return text;
  return text
    .replace(/\binteger\b/g, 'bigint')
    .replace(/\btext\b/g, 'text collate "C"')
    .replace(/\s*@clustered/g, '');
}

function columnsOf(columns: string): { name: string; type: string }[] {
  return columns.split(',').map((column) => {
    const [name = '', type = ''] = column.trim().split(/\s+/);
    return { name, type };
  });
}
