/** All functions by name, those of every supported release. */
import type { FunctionDefinition } from '../definition.ts';
import { dataFunctions } from './data.ts';
import { dateFunctions } from './dates.ts';
import { hostFunctions } from './host.ts';
import { iterationFunctions } from './iteration.ts';
import { numberFunctions } from './numbers.ts';
import { randomFunctions } from './random.ts';
import { renderFunctions } from './render.ts';

export const functionTable: ReadonlyMap<string, FunctionDefinition> = new Map([
  ...dataFunctions,
  ...dateFunctions,
  ...hostFunctions,
  ...iterationFunctions,
  ...numberFunctions,
  ...randomFunctions,
  ...renderFunctions,
]);
