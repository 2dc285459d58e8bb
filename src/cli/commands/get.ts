import { viewExecution } from '../../runtime/view.ts';
import { type Command, directoryOption, onlyPositional, UserError } from '../command.ts';
import { openReader } from '../local.ts';

export default {
  usage: 'baton get ID                  show an execution as JSON',
  options: directoryOption,
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const reader = await openReader(values);
    try {
      const view = await viewExecution(reader.runtime, id);
      if (!view) throw new UserError(`there is no execution ${id} in ${reader.directory}`);
      process.stdout.write(`${JSON.stringify(view, null, 2)}\n`);
      return 0;
    } finally {
      await reader.close();
    }
  },
} satisfies Command;
