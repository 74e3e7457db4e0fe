/** What a simulation found, as text and as JSON. */
import type { Forecast, ResourceForecast } from '../simulation/simulate-template.ts';
import { formatTable } from './table.ts';
import type { Colors } from './terminal.ts';

export function formatForecast(result: Forecast, templates: readonly string[], seconds: number, colors: Colors): string {
  const [template, update] = templates;
  const head = `${colors.bold(template ?? '')}${update === undefined ? '' : ` → ${colors.bold(update)}`}: ${result.walks} walks in ${seconds.toFixed(1)} s, ${result.steps} steps; ${faultsText(result)}`;
  return [
    head,
    '',
    verdict(result, colors),
    ...reachedLines(result),
    ...troubleLines(result, colors),
    '',
    formatTable(
      headOf(update),
      result.resources.map((resource) => rowOf(resource, result.walks, update)),
      colors,
    ),
    ...(update === undefined ? [] : ['', colors.dim(explanation)]),
  ].join('\n');
}

const explanation =
  'Replaced: in how many walks it became another version, also because a half made object could not be finished. Copies: objects at once, calm and at worst.\nA rollback while the update is under way, and once it is complete: kept as it is, changed back in place, or made anew.';

function faultsText({ faults }: Forecast): string {
  const count = (...names: string[]): number => names.reduce((sum, name) => sum + (faults.get(name) ?? 0), 0);
  return `${count('process died', 'machine died')} engines died, ${count('errorBefore', 'errorAfter', 'half')} calls failed, ${count('answerLost', 'storeLost')} answers of the database and ${count('hang')} of providers never came`;
}

function verdict(result: Forecast, colors: Colors): string {
  const reached = result.walks - result.reached.never;
  if (result.troubles.length === 0) return colors.green(`It converges: the last goal was reached in all ${result.walks} walks,`);
  return colors.red(`It does not always converge: the last goal was reached in ${reached} of ${result.walks} walks,`);
}

function reachedLines({ reached }: Forecast): string[] {
  const help = reached['after a person said what is there'];
  return [
    `  ${reached['by itself']} by itself, ${reached['after a retry']} after setpoint retry (its attempts had run out), ${help} after setpoint resolve (what a lost call made could not be looked for).`,
  ];
}

function troubleLines({ troubles }: Forecast, colors: Colors): string[] {
  const shown = troubles.slice(0, 5).map(({ seed, what }) => colors.red(`  seed ${seed}: ${what}`));
  return troubles.length > shown.length ? [...shown, `  and ${troubles.length - shown.length} more`] : shown;
}

const headOf = (update: string | undefined): string[] =>
  update === undefined
    ? ['resource', 'type', 'replaced', 'copies']
    : ['resource', 'type', 'the update', 'replaced', 'copies', 'rollback under way', 'rollback after it'];

function rowOf(resource: ResourceForecast, walks: number, update: string | undefined): string[] {
  const { name, type, copiesCalm, copiesWorst, replacedIn } = resource;
  const replaced = replacedIn === 0 ? '' : `${Math.max(1, Math.round((100 * replacedIn) / walks))} %`;
  const copies =
    copiesWorst === 0 ? '-' : copiesCalm === copiesWorst ? String(copiesWorst) : `${copiesCalm}, at worst ${copiesWorst}`;
  if (update === undefined) return [name, type, replaced, copies];
  return [name, type, resource.update ?? '', replaced, copies, resource.rollbackBefore ?? '', resource.rollbackAfter ?? ''];
}

export function forecastJson(result: Forecast, [template, update]: readonly string[]) {
  const { walks, steps, reached, resources, troubles } = result;
  return {
    template,
    update: update ?? null,
    converges: troubles.length === 0,
    walks,
    steps,
    reached: {
      byItself: reached['by itself'],
      afterRetry: reached['after a retry'],
      afterResolve: reached['after a person said what is there'],
      never: reached.never,
    },
    resources,
    troubles,
  };
}
