import { resume } from '../../runtime/resume.ts';
import { type Command, directoryOption, onlyPositional, textOf, UserError } from '../command.ts';
import { goOn, unknownExecution } from '../on-execution.ts';

export default {
  usage: 'baton resume ID [--task TASK] go on with what is paused, until it pauses again or ends',
  options: { ...directoryOption, task: { type: 'string' } },
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return goOn(values, async ({ runtime, directory }) => {
      const resumed = await resume(runtime, id, textOf(values, 'task'));
      if (resumed.type === 'unknown-execution') throw unknownExecution(directory, id);
      if (resumed.type === 'not-paused')
        throw new UserError(`nothing of execution ${id} is paused`);
      return id;
    });
  },
} satisfies Command;
