import { unqueue, unqueuedStates } from '../../runtime/unqueue.ts';
import { type Command, directoryOption, onlyPositional, textOf, UserError } from '../command.ts';
import { goOn } from '../go-on.ts';

export default {
  usage: 'baton unqueue ID [--state STATE] run a queued execution now, or end it in this state',
  options: { ...directoryOption, state: { type: 'string', default: 'RUNNING' } },
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const wanted = textOf(values, 'state')?.toUpperCase();
    const state = unqueuedStates.find((known) => known === wanted);
    if (!state) throw new UserError(`--state is one of ${unqueuedStates.join(', ')}`);
    return goOn(id, values, async (runtime) => {
      const { type } = await unqueue(runtime, id, state);
      if (type === 'unqueued') return undefined;
      return type === 'not-queued' ? `execution ${id} is not in the queue of its flow` : type;
    });
  },
} satisfies Command;
