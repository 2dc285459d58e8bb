import { resume } from '../../runtime/resume.ts';
import { viewExecution } from '../../runtime/view.ts';
import { type Command, directoryOption, onlyPositional, textOf, UserError } from '../command.ts';
import { inputOption, inputsOf } from '../inputs.ts';
import { openLocal } from '../local.ts';
import { showProgress } from '../progress.ts';

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
    const print = (line: string): void => void process.stderr.write(`${line}\n`);
    const progress = showProgress(print);
    const directory = textOf(values, 'directory') ?? '.baton';
    const local = await openLocal({ directory, watcher: progress, onLog: progress.log });
    try {
      const task = textOf(values, 'task');
      const inputs = inputsOf(values);
      const resumed = await resume(local.runtime, id, {
        ...(task !== undefined && { task }),
        inputs,
      });
      if (resumed.type === 'unknown-execution') {
        throw new UserError(`there is no execution ${id} in ${local.directory}`);
      }
      if (resumed.type === 'invalid-inputs') {
        throw new UserError(resumed.issues.map(({ message }) => message).join('\n'));
      }
      if (resumed.type === 'not-paused')
        throw new UserError(`nothing of execution ${id} is paused`);
      await Promise.race([progress.whenEnded(id), local.deliveries.idle(), local.failed]);
      await local.runtime.store.settled();
      const state = (await viewExecution(local.runtime, id))?.state;
      print(`${state} ${id}`);
      return state === 'FAILED' || state === 'KILLED' ? 1 : 0;
    } finally {
      await local.close();
    }
  },
} satisfies Command;
