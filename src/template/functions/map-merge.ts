/** `map_merge: [map, map…]`: the entries of all; later maps win, null is passed over. */
import { isMap } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { gatheringFunction } from './spread-function.ts';

export const mergeMaps: Operator = {
  name: 'map_merge',
  shallow: true,
  apply(maps) {
    const given = maps.filter((map) => map !== null);
    if (!given.every(isMap)) throw new FunctionError('"map_merge" must be given maps');
    return Object.fromEntries(given.flatMap((map) => Object.entries(map)));
  },
};

export const mapMerge = gatheringFunction('map_merge', mergeMaps, 0, Number.POSITIVE_INFINITY, '[map, …]');
