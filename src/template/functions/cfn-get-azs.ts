/** `Fn::GetAZs: region`: the availability zones. There is no cloud to ask, so it is the one that Heat names then. */
import type { Json } from '../../std/json.ts';
import type { Path } from '../path.ts';
import type { Reading, TemplateFunction } from './function.ts';

export const cfnGetAzs: TemplateFunction = {
  name: 'Fn::GetAZs',
  read(argument: Json, reading: Reading, path: Path) {
    reading.argument(argument, path);
    return ['nova'];
  },
};
