import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAddresses } from '../store/fixtures/test-databases.ts';
import { checkDatabase } from './fsck.ts';
import { openSetpoint } from './setpoint.ts';

const template = `
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource }
  b: { type: OS::Heat::TestResource, depends_on: a }
`;

/** What is done to the rows, and the invariant that must be named. */
const damages: readonly (readonly [string, string, string])[] = [
  ['an edge to nowhere', 'insert into edge select stack_id, traversal, 99, id from node limit 1', 'I-12'],
  ['nodes in a circle', 'insert into edge select stack_id, traversal, requirer, required from edge', 'I-12'],
  ['a counter that is wrong', 'update node set unmet = unmet + 1', 'I-13'],
  ['a stack that nobody works on', `update node set state = 'done'`, 'I-13'],
  ['a counter of the traversal', 'update traversal set converge_left = converge_left + 1', 'I-14'],
  ['a claim of nobody', `update node set state = 'claimed', engine_id = 'ghost' where unmet = 0`, 'I-06'],
  ['a goal that is lost', 'delete from goal', 'I-09'],
  ['a definition that is lost', 'delete from definition', 'I-09'],
  ['an event sink of nobody', `insert into event_sink values (99, 'x', 'log', '"x"', 1000, 0, 0, 0, null, null, 0, '')`, 'I-26'],
  [
    'an event sink that was sent what there is not',
    `insert into event_sink select id, 'x', 'log', '"x"', 1000, event_seq + 1, 0, 0, null, null, 0, '' from stack`,
    'I-22',
  ],
  ['a gap in the events', 'update stack set event_seq = event_seq + 2', 'I-22'],
  ['a version that is lost', 'delete from resource where id = (select min(id) from resource)', 'I-09'],
];

/** The same once its goal is reached. */
const damagesAtGoal: typeof damages = [
  ['a resource of the goal that nothing stands for', `update declaration set name = 'c' where name = 'b'`, 'I-01'],
  ['a version of another definition', `update resource set definition = 'other' where name = 'b'`, 'I-01'],
  ['an object that sleeps in a stack that does not', `update resource set suspended = 1 where name = 'b'`, 'I-01'],
  ['objects that are awake in a stack that sleeps', 'update stack set suspended = 1', 'I-01'],
  ['outputs of an older revision', `update resource set revision = revision + 1 where name = 'a'`, 'I-01'],
];

for (const database of await testAddresses())
  for (const [what, damage, invariant] of [...damages, ...damagesAtGoal]) {
    test(`finds ${what} (${database.name})`, { skip: database.skip }, async (t) => {
      const made = await database.make();
      const setpoint = await openSetpoint({ database: made.address, allowLocal: false });
      t.after(async () => {
        await setpoint.close();
        await made.close();
      });
      const { stack, traversal } = await setpoint.submit('demo', {
        template: { name: 't.yaml', text: template },
        files: {},
        environments: [],
        parameters: {},
      });
      if (damagesAtGoal.some(([name]) => name === what)) {
        setpoint.startEngine();
        assert.equal((await setpoint.watch(stack, traversal))?.outcome, 'complete');
      }
      assert.deepEqual(await checkDatabase(setpoint), []);
      await made.run(damage);
      const found = await checkDatabase(setpoint);
      assert.ok(
        found.some((finding) => finding.invariant === invariant),
        JSON.stringify(found),
      );
    });
  }
