import { halt } from '../../runtime/halt.ts';
import { type Command, directoryOption, onlyPositional, UserError } from '../command.ts';
import { unknownExecution, withExecutions } from '../on-execution.ts';

export default {
  usage: 'baton kill ID                 end an execution now, and those it waits for',
  options: directoryOption,
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return withExecutions(values, async ({ runtime, directory }) => {
      const halted = await halt(runtime, id, { state: 'KILLED' });
      if (halted === 'unknown-execution') throw unknownExecution(directory, id);
      if (halted === 'ended') throw new UserError(`execution ${id} has ended already`);
      return `KILLED ${id}`;
    });
  },
} satisfies Command;
