import { forceRun } from '../../runtime/force-run.ts';
import { type Command, directoryOption, onlyPositional } from '../command.ts';
import { goOn } from '../go-on.ts';

export default {
  usage: 'baton force-run ID            make an execution go on, whatever it waits for',
  options: directoryOption,
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    return goOn(id, values, async (runtime) => {
      const { type } = await forceRun(runtime, id);
      if (type === 'forced') return undefined;
      return type === 'has-ended' ? `execution ${id} has ended` : type;
    });
  },
} satisfies Command;
