/** I-03 a row has the settings of the account that its object is in (which one that must be, at-rest.ts says), and I-19 a call has the key that its engine's configuration has. */
import type { ProviderCall } from '../../engine/ports/provider.ts';
import { keyOf } from '../accounts.ts';
import type { Row } from '../mirror.ts';
import type { Caller, CallKind } from '../sim-types.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkAccounts(): Checker {
  return {
    invariants: ['I-03', 'I-19'],
    call(world, caller, call, way) {
      if (world.plan.accounts) checkCall(world, caller, call, way);
    },
    quiet(world) {
      if (world.plan.accounts) for (const row of world.mirror.rows.resource.values()) checkPlace(world, row);
    },
  };
}

/** Where the engine's configuration has the account, the key is the one that stands there; else it is one that was kept. */
function checkCall(world: World, { name, settings }: Caller, call: ProviderCall, way: CallKind): void {
  const { account, key } = keyOf(call);
  const configured = settings?.findSettings('sim', account)?.values['key'] ?? null;
  if (configured !== null && key !== null && configured !== key)
    world.report(
      'I-19',
      `${name} calls ${way} of ${call.resource.name} with the key ${key} of ${account}, which is ${configured} by now`,
    );
}

function checkPlace(world: World, row: Row): void {
  const phys = world.reality.live.get(String(row['physical_id']));
  if (phys === undefined || phys.account === null || row['setting_id'] === null) return;
  const kept = world.accounts.kept(row['setting_id']);
  if (kept !== undefined && kept.name !== phys.account)
    world.report('I-03', `${row['name']}#${row['id']} has the settings ${kept.name}, and ${phys.id} is in ${phys.account}`);
}
