import { changeState, givenState, givenStates } from '../../runtime/amend.ts';
import { changeTaskRunState } from '../../runtime/restart.ts';
import { type Command, directoryOption, textOf, UserError } from '../command.ts';
import { goOnWith } from '../go-on.ts';
import { amended, goingOn, withExecutions } from '../on-execution.ts';

export default {
  usage:
    'baton set-state ID STATE      give an execution that has ended another state\n' +
    '  --task TASK: give this task run another end instead, and go on after it until it ends',
  options: { ...directoryOption, task: { type: 'string' } },
  async run(positionals, values) {
    const [id, text, ...rest] = positionals;
    if (id === undefined || text === undefined || rest.length > 0) {
      throw new UserError('name an execution id and a state');
    }
    const state = givenState(text);
    if (!state) throw new UserError(`${text} is none of ${givenStates.join(', ')}`);
    const task = textOf(values, 'task');
    if (task === undefined) {
      return withExecutions(values, async (local) => {
        amended(local, id, await changeState(local.runtime, id, state));
        return `${state} ${id}`;
      });
    }
    return goOnWith(values, async (local) => {
      const result = await changeTaskRunState(local.runtime, id, task, state);
      return goingOn(local, id, result).id;
    });
  },
} satisfies Command;
