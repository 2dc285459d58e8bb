import { restartOnRevision } from '../../runtime/fork.ts';
import { restart } from '../../runtime/restart.ts';
import { type Command, directoryOption, onlyPositional } from '../command.ts';
import { goOnWith } from '../go-on.ts';
import { goingOn } from '../on-execution.ts';
import { revisionIn, revisionOption } from '../revision.ts';

export default {
  usage:
    'baton restart ID              run what failed again, until it ends (or pauses)\n' +
    '  --revision N: on another revision of the flow, as a new execution',
  options: { ...directoryOption, ...revisionOption },
  run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const revision = revisionIn(values);
    return goOnWith(values, async (local) => {
      const result =
        revision === undefined
          ? await restart(local.runtime, id)
          : await restartOnRevision(local.runtime, id, revision);
      return goingOn(local, id, result).id;
    });
  },
} satisfies Command;
