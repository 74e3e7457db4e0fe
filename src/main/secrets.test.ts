/** Canaries: no secret is in clear in the database file, in events, or in a failure's message (I-24). */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonMap } from '../std/json.ts';
import { openSetpoint, type Setpoint } from './setpoint.ts';

const canary = 'canary-5d2f-do-not-tell';

const template = (file: string, broken: boolean) => ({
  heat_template_version: '2021-04-16',
  parameters: { password: { type: 'string', hidden: true }, plain: { type: 'string', default: 'in the open' } },
  resources: {
    generated: { type: 'OS::Heat::RandomString', properties: { length: 24 } },
    carried: {
      type: 'OS::Heat::Value',
      properties: { value: { str_replace: { template: 'x=P', params: { P: { get_param: 'password' } } } } },
    },
    derived: { type: 'OS::Heat::TestResource', properties: { value: { get_attr: ['carried', 'value'] } } },
    stored: { type: 'Setpoint::Local::File', properties: { path: file, content: { get_attr: ['derived', 'output'] } } },
    random: { type: 'OS::Heat::Value', properties: { value: { get_resource: 'generated' } } },
    ...(broken
      ? {
          broken: {
            type: 'Setpoint::Local::Command',
            properties: { create: { list_join: ['', ['echo ', { get_param: 'password' }, ' >&2; exit 3']] } },
          },
        }
      : {}),
    open: { type: 'OS::Heat::Value', properties: { value: { get_param: 'plain' } } },
  },
  outputs: { told: { value: { get_attr: ['derived', 'output'] } } },
});

async function converge(setpoint: Setpoint, file: string, broken: boolean): Promise<string> {
  const documents = {
    template: { name: 't.json', text: JSON.stringify(template(file, broken)) },
    files: {},
    environments: [],
    parameters: { password: canary },
  };
  const accepted = await setpoint.submit('secrets', documents);
  const ended = await setpoint.watch(accepted.stack, accepted.traversal);
  return `${ended!.outcome}: ${ended!.traversal.reason}`;
}

test('secrets are sealed at rest, masked in messages, and given to providers all the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-secrets-'));
  const file = join(folder, 'site', '..', 'secret.txt');
  const setpoint = await openSetpoint({ database: `sqlite:${join(folder, 'state.db')}`, allowLocal: true });
  try {
    setpoint.startEngine();
    assert.match(await converge(setpoint, file, false), /^complete/);
    assert.equal(readFileSync(file, 'utf8'), `x=${canary}`, 'the provider got the value itself');
    const stack = await setpoint.loadStack('secrets');
    const random = (await setpoint.store.readStack(stack.id))!.resources.find((r) => r.name === 'generated')!.attributes[
      'value'
    ] as string;
    const told = (await setpoint.outputs(stack))[0]!;
    assert.deepEqual([told.value, told.secret], [`x=${canary}`, true]);
    const failure = await converge(setpoint, file, true);
    assert.match(failure, /^failed: .*\*\*\*\*\*\*/s);
    const events = JSON.stringify(await setpoint.store.listEvents(stack.id, 0));
    for (const secret of [canary, random]) {
      assert.ok(!failure.includes(secret) && !events.includes(secret));
      for (const name of readdirSync(folder).filter((n) => n.startsWith('state.db') && !n.endsWith('.key'))) {
        assert.ok(!readFileSync(join(folder, name)).includes(secret), `${name} holds a secret in clear`);
      }
    }
    assert.ok(readFileSync(join(folder, 'state.db-wal')).includes('in the open'), 'the search would find what is in clear');
    const removed = await setpoint.remove('secrets');
    assert.equal((await setpoint.watch(removed.stack, removed.traversal))!.outcome, 'complete');
  } finally {
    await setpoint.close();
    rmSync(folder, { recursive: true });
  }
});

/** Where an environment says the secret, and what hides it. */
const environments: readonly (readonly [what: string, environment: JsonMap, root: JsonMap, child: JsonMap])[] = [
  ['a hidden parameter of the root', { parameters: { p: canary } }, { p: { type: 'string', hidden: true } }, {}],
  ['a hidden parameter of the nested stack', { parameter_defaults: { q: canary } }, {}, { q: { type: 'string', hidden: true } }],
  ['the default of what only the nested stack hides', {}, {}, { q: { type: 'string', hidden: true, default: canary } }],
  ['a target of events', { event_sinks: [{ type: 'webhook', target: `https://hooks.invalid/${canary}` }] }, {}, {}],
];
for (const [what, environment, root, child] of environments)
  test(`${what} is sealed, whichever document says it`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'setpoint-secrets-'));
    const setpoint = await openSetpoint({ database: `sqlite:${join(folder, 'state.db')}`, allowLocal: false });
    const text = (parameters: JsonMap, type: string) =>
      JSON.stringify({ heat_template_version: '2021-04-16', parameters, resources: { one: { type } } });
    try {
      setpoint.startEngine();
      const accepted = await setpoint.submit('demo', {
        template: { name: 't.json', text: text(root, 'in.yaml') },
        files: { 'in.yaml': text(child, 'OS::Heat::TestResource') },
        environments: [{ name: 'e.json', text: JSON.stringify(environment) }],
        parameters: {},
      });
      const ended = await setpoint.watch(accepted.stack, accepted.traversal);
      assert.equal(ended?.outcome, 'complete', ended?.traversal.reason);
      for (const name of readdirSync(folder).filter((n) => n.startsWith('state.db') && !n.endsWith('.key')))
        assert.ok(!readFileSync(join(folder, name)).includes(canary), `${name} holds a secret in clear`);
    } finally {
      await setpoint.close();
      rmSync(folder, { recursive: true });
    }
  });
