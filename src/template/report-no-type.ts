/** Says that there is no such type, and what may have been meant. */
import type { Findings } from './findings.ts';
import { droppedType, isHeatTypeName } from './heat-types/known-names.ts';
import { didYouMean } from './nearest-name.ts';
import type { Path } from './path.ts';
import type { TypeCatalog } from './property-schema.ts';

/** `written` stands at `path`; the environment has made `name` of it. */
export function reportNoType(name: string, written: string, path: Path, catalog: TypeCatalog, findings: Findings): void {
  const by = name === written ? '' : `, which the environment maps "${written}" to,`;
  const gone = droppedType(name);
  if (gone !== undefined) {
    findings.error('HOT-TYPE-UNKNOWN', path, `"${name}"${by} is a type that OpenStack Heat has dropped`, { hint: gone });
    return;
  }
  const near = didYouMean(name, catalog.names);
  if (near === undefined && isHeatTypeName(name) && catalog.heatTypes !== true) {
    const hint = '"setpoint validate --types heat" checks against the types of Heat, "setpoint simulate --types heat" tries them';
    findings.error('HOT-TYPE-UNKNOWN', path, `"${name}"${by} is a type of OpenStack Heat that is not offered here`, { hint });
    return;
  }
  const hint = near;
  findings.error('HOT-TYPE-UNKNOWN', path, `there is no resource type "${name}"${by.replace(/,$/, '')}`, { hint });
}
