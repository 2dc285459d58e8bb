import { pause } from '../../runtime/pause.ts';
import { type Command, directoryOption, onlyPositional, UserError } from '../command.ts';
import { unknownExecution, withExecutions } from '../on-execution.ts';

export default {
  usage: 'baton pause ID                begin no further task of it, until `baton resume ID`',
  options: directoryOption,
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return withExecutions(values, async ({ runtime, directory }) => {
      const paused = await pause(runtime, id);
      if (paused.type === 'unknown-execution') throw unknownExecution(directory, id);
      if (paused.type === 'not-running') throw new UserError(`execution ${id} is ${paused.state}`);
      return `PAUSED ${id}`;
    });
  },
} satisfies Command;
