/**
 * Tables with their columns and keys, read from the migrations themselves, so that a copy of a database knows them without asking one: what it
 * would be told differs from database to database. Throws where a migration says something that this can't read.
 */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: 'int' | 'text' }[];
  readonly key: readonly string[];
}

type Column = TableShape['columns'][number];

interface Draft {
  readonly columns: Column[];
  key: string[];
}

/** In the order in which they were made. */
export function readTableShapes(migrations: readonly string[]): readonly TableShape[] {
  const tables = new Map<string, Draft>();
  for (const statement of migrations.join(';\n').split(';')) readStatement(tables, statement.trim().replace(/^@sqlite\s+/, ''));
  return [...tables].map(([name, { columns, key }]) => ({ name, columns, key }));
}

function readStatement(tables: Map<string, Draft>, statement: string): void {
  const created = /^create table (?:if not exists )?(\w+)\s*\(([\s\S]*)\)\s*(?:@clustered)?$/i.exec(statement);
  if (created) tables.set(created[1]!, readTable(created[2]!));
  else if (/^alter table/i.test(statement)) alter(tables, statement);
  else if (/^drop table/i.test(statement)) throw new Error(`table shapes can't read: ${statement}`);
}

function alter(tables: Map<string, Draft>, statement: string): void {
  const added = /^alter table (\w+) add column (\w+) (integer|text)\b/i.exec(statement);
  const table = added && tables.get(added[1]!);
  if (!added || !table) throw new Error(`table shapes can't read: ${statement}`);
  table.columns.push({ name: added[2]!, type: typeOf(added[3]!) });
}

function readTable(body: string): Draft {
  const draft: Draft = { columns: [], key: [] };
  for (const part of splitAtTop(body)) {
    const key = /^primary key \(([^)]*)\)$/i.exec(part);
    const column = /^(\w+) (integer|text)\b(.*)$/is.exec(part);
    if (key) draft.key = key[1]!.split(',').map((name) => name.trim());
    else if (column) {
      draft.columns.push({ name: column[1]!, type: typeOf(column[2]!) });
      if (/\bprimary key\b/i.test(column[3]!)) draft.key = [column[1]!];
    } else throw new Error(`table shapes can't read: ${part}`);
  }
  return draft;
}

const typeOf = (word: string): Column['type'] => (word.toLowerCase() === 'integer' ? 'int' : 'text');

/** At commas that stand in no parentheses. */
function splitAtTop(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= body.length; i++) {
    if (body[i] === '(') depth++;
    else if (body[i] === ')') depth--;
    else if (i === body.length || (body[i] === ',' && depth === 0)) {
      parts.push(body.slice(from, i).trim());
      from = i + 1;
    }
  }
  return parts.filter((part) => part !== '');
}
