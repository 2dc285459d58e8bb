import { resume } from '../../runtime/resume.ts';
import { type Command, directoryOption, onlyPositional, textOf } from '../command.ts';
import { goOn } from '../go-on.ts';
import { inputOption, inputsOf } from '../inputs.ts';

export default {
  usage:
    'baton resume ID [--task TASK] [--input k=v]… go on with what is paused, until it pauses again or ends',
  options: {
    ...directoryOption,
    task: { type: 'string' },
    ...inputOption,
  },
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const task = textOf(values, 'task');
    const inputs = inputsOf(values);
    return goOn(id, values, async (runtime) => {
      const resumed = await resume(runtime, id, { ...(task !== undefined && { task }), inputs });
      switch (resumed.type) {
        case 'resumed':
          return undefined;
        case 'invalid-inputs':
          return resumed.issues.map(({ message }) => message).join('\n');
        case 'not-paused':
          return `nothing of execution ${id} is paused`;
        case 'unknown-execution':
          return resumed.type;
      }
    });
  },
} satisfies Command;
