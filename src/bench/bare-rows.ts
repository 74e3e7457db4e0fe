/**
 * What the database alone gives for the rows that a trivial resource costs: the same tables, plain statements, one connection, nothing of ours
 * in between. Eight writes a resource, for `batch` resources at once in three transactions: definition, version, membership and node are
 * inserted; the node is claimed; the version is completed, the node done and an event written.
 */
import { performance } from 'node:perf_hooks';
import { readPostgresAddress } from '../store/postgres-address.ts';
import { openPostgres } from '../store/postgres-driver.ts';

const batch = 500;

/** Resources per second; `url` has the schema and no rows. */
export async function measureBareRows(url: string, count: number): Promise<number> {
  const driver = openPostgres({ address: readPostgresAddress(url) });
  const began = performance.now();
  for (let from = 1; from <= count; from += batch) await driver.ask(rowsOf(from, Math.min(from + batch - 1, count)));
  const seconds = (performance.now() - began) / 1000;
  await driver.close();
  return count / seconds;
}

function rowsOf(from: number, to: number): string {
  const each = `from generate_series(${from}, ${to}) i`;
  const these = `between ${from} and ${to}`;
  return `begin;
    insert into definition (stack_id, sha, type, requires, deletion_policy, resume_to_update, secret, body) select 1, 'sha' || i, 'T', '[]', 'delete', 0, 0, repeat('x', 200) ${each};
    insert into resource (id, stack_id, name, type, action, status, reason, revision, attributes, state, schema_version, doubt, operation_number, deletion_policy, external, secret, created_at)
      select i, 1, 'r' || i, 'T', 'INIT', 'COMPLETE', '', 0, '{}', 'null', 1, 0, 0, 'delete', 0, 0, 1 ${each};
    insert into membership (stack_id, name, since, until, resource_id) select 1, 'r' || i, 1, null, i ${each};
    insert into node (stack_id, traversal, id, phase, resource_id, state, unmet, awaits, attempts, replacements, epoch, resume, reason)
      select 1, 1, i, 'converge', i, 'ready', 0, 0, 0, 0, 0, 0, '' ${each};
    commit; begin;
    update node set state = 'claimed', engine_id = 'e', epoch = epoch + 1 where stack_id = 1 and traversal = 1 and id ${these};
    commit; begin;
    update resource set action = 'CREATE', physical_id = 'p' || id, definition = 'sha' || id, inputs_sha = repeat('s', 64), attributes = '{"output":"v"}', properties = '{"value":"v"}', revision = 1, updated_at = 2 where id ${these};
    update node set state = 'done', engine_id = null where stack_id = 1 and traversal = 1 and id ${these};
    insert into event (stack_id, seq, at, traversal, resource_id, name, type, physical_id, action, status, reason)
      select 1, i, 1, 1, i, 'r' || i, 'T', 'p' || i, 'CREATE', 'COMPLETE', 'new' ${each};
    commit`;
}
