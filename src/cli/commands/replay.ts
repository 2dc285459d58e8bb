import { replayExecution } from '../../runtime/fork.ts';
import { resolveFlowInputs } from '../../runtime/inputs.ts';
import { newExecutionId } from '../../runtime/start.ts';
import type { ValueMap } from '../../expression/value.ts';
import {
  type Command,
  directoryOption,
  onlyPositional,
  textOf,
  UserError,
  type Values,
} from '../command.ts';
import { inputOption, inputsOf } from '../inputs.ts';
import type { Local } from '../local.ts';
import { goOnWith } from '../go-on.ts';
import { goingOn, unknownExecution } from '../on-execution.ts';
import { revisionIn, revisionOption } from '../revision.ts';

export default {
  usage:
    'baton replay ID               run it again as a new execution, until it ends (or pauses)\n' +
    '  --task TASK: only from this task run on (path, or id where one run has it)\n' +
    '  --input k=v…: with other inputs; --revision N: on another revision of the flow\n' +
    '  --breakpoint ID…: stop before these tasks',
  options: {
    ...directoryOption,
    ...inputOption,
    ...revisionOption,
    task: { type: 'string' },
    breakpoint: { type: 'string', multiple: true },
  },
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const task = textOf(values, 'task');
    const revision = revisionIn(values);
    const breakpoints = values['breakpoint'];
    return goOnWith(values, async (local) => {
      const newId = newExecutionId(local.runtime.random);
      const inputs = await newInputs(local, id, newId, values);
      const replayed = await replayExecution(local.runtime, id, {
        id: newId,
        ...(task !== undefined && { task }),
        ...(revision !== undefined && { revision }),
        ...(inputs && { inputs }),
        ...(Array.isArray(breakpoints) && { breakpoints: breakpoints.map(String) }),
      });
      const view = goingOn(local, id, replayed);
      process.stderr.write(`execution ${view.id}\n`);
      return view.id;
    });
  },
} satisfies Command;

/** Given any, all are given anew: what is left out gets its default. */
async function newInputs(
  { runtime, directory }: Local,
  id: string,
  newId: string,
  values: Values,
): Promise<ValueMap | undefined> {
  if (values['input'] === undefined) return undefined;
  const execution = await runtime.store.readExecution(id);
  if (!execution) throw unknownExecution(directory, id);
  const { namespace, id: flowId, revision } = execution.flow;
  const stored = await runtime.store.readFlow(namespace, flowId, revisionIn(values) ?? revision);
  if (!stored) throw new UserError(`the flow of execution ${id} has no such revision`);
  const { inputs, issues } = await resolveFlowInputs(runtime, stored.flow, inputsOf(values), newId);
  if (inputs) return inputs;
  throw new UserError(issues.map(({ message }) => message).join('\n'));
}
