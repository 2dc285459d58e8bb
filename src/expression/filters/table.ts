/** All filters by name. Names that two releases write differently stand next to each other. */
import type { FilterDefinition } from '../definition.ts';
import { collectionFilters } from './collections.ts';
import { dataFilters } from './data.ts';
import { dateFilters } from './dates.ts';
import { encodingFilters } from './encoding.ts';
import { lineFilters } from './lines.ts';
import { numberFilters } from './numbers.ts';
import { regexFilters } from './regex.ts';
import { textFilters } from './text.ts';

export const filterTable: ReadonlyMap<string, FilterDefinition> = new Map([
  ...collectionFilters,
  ...dataFilters,
  ...dateFilters,
  ...encodingFilters,
  ...lineFilters,
  ...numberFilters,
  ...regexFilters,
  ...textFilters,
]);
