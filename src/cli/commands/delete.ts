import { deleteExecution } from '../../runtime/amend.ts';
import { type Command, directoryOption, onlyPositional } from '../command.ts';
import { amended, withExecutions } from '../on-execution.ts';

export default {
  usage: 'baton delete ID               forget an execution that has ended, with its log',
  options: directoryOption,
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return withExecutions(values, async (local) => {
      amended(local, id, await deleteExecution(local.runtime, id));
      return `deleted ${id}`;
    });
  },
} satisfies Command;
