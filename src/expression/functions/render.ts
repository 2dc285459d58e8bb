/** Functions that render and that look at the template itself. */
import { type Args, type Call, fn, type FunctionDefinition } from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import { limitError } from '../limits.ts';
import { variablesInSight } from '../run.ts';
import type { Value } from '../value.ts';

function toRender(args: Args, call: Call): Value {
  const [value] = args;
  if (value === undefined) {
    throw argumentError(`The '${call.name}' function expects an argument 'toRender'.`, 'toRender');
  }
  return value;
}

function render(args: Args, call: Call): Value {
  const value = toRender(args, call);
  const [, recursive = true] = args;
  if (typeof recursive !== 'boolean') {
    throw evaluationError(
      "The 'render' function expects an optional argument 'recursive' with type boolean.",
    );
  }
  return call.run.renderValue(value, call.frame, recursive ? 'until-stable' : 'once');
}

/** Prints a block again; a block that does not exist prints nothing. */
function block(args: Args, call: Call): Value {
  const [name] = args;
  const node = typeof name === 'string' ? call.run.template.blocks.get(name) : undefined;
  if (node === undefined) return '';
  const { budget } = call.run;
  budget.recursion++;
  if (budget.recursion > budget.limits.recursion) {
    throw limitError('recursion', budget.limits.recursion);
  }
  const text = call.run.executeToText(node.body, call.frame);
  budget.recursion--;
  return text;
}

function variables(_args: Args, call: Call): Value {
  return variablesInSight(call.frame);
}

export const renderFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['block', fn('name: string', block)],
  ['context', fn('', variables)],
  ['fetchContext', fn('', variables)],
  [
    'i18n',
    fn('bundle: string, key: string, params?', () => {
      throw evaluationError("Can't find a bundle of translations; there are none in flows.");
    }),
  ],
  [
    'parent',
    fn('', () => {
      throw evaluationError(
        'Can not use parent function if template does not extend another template.',
      );
    }),
  ],
  ['printContext', fn('', variables)],
  ['render', fn('toRender, recursive?: boolean', render)],
  [
    'renderOnce',
    fn('toRender', (args, call) => call.run.renderValue(toRender(args, call), call.frame, 'once')),
  ],
];
