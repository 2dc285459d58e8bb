/** `max`, `min` and `range`. */
import { compareNumbers } from '../compare.ts';
import { fn, type FunctionDefinition } from '../definition.ts';
import { evaluationError } from '../error.ts';
import { range } from '../range.ts';
import { isNumber, type NumberValue } from '../value.ts';

function extreme(name: 'max' | 'min'): FunctionDefinition {
  const operation = name === 'max' ? 'GREATER_THAN' : 'LESS_THAN';
  return fn(
    '',
    (args) => {
      let best: NumberValue | null = null;
      for (const value of args) {
        if (value === undefined || value === null) continue;
        if (!isNumber(value)) {
          throw evaluationError(`invalid operands for mathematical comparison [${operation}]`);
        }
        const order = best === null ? 0 : compareNumbers(value, best);
        if (best === null || (name === 'max' ? order > 0 : order < 0)) best = value;
      }
      return best;
    },
    { takesMore: true },
  );
}

const rangeMessage =
  'Arguments of range function must be of type Number or String with a length of 1';

export const numberFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['max', extreme('max')],
  ['min', extreme('min')],
  [
    'range',
    fn('start, end, increment?: number', (args, call) => {
      const [start, end, increment = 1n] = args;
      if (start === undefined || end === undefined) {
        throw evaluationError(rangeMessage);
      }
      return range(start, end, increment, call.run.budget);
    }),
  ],
];
