import { resume } from '../../runtime/resume.ts';
import { type Command, directoryOption, onlyPositional, textOf } from '../command.ts';
import { goOn } from '../go-on.ts';

export default {
  usage: 'baton resume ID [--task TASK] go on with what is paused, until it pauses again or ends',
  options: { ...directoryOption, task: { type: 'string' } },
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return goOn(id, values, async (runtime) => {
      const { type } = await resume(runtime, id, textOf(values, 'task'));
      if (type === 'resumed') return undefined;
      return type === 'not-paused' ? `nothing of execution ${id} is paused` : type;
    });
  },
} satisfies Command;
