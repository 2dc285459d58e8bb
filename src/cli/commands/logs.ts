import { logLevels } from '../../engine/flow.ts';
import { type Command, directoryOption, onlyPositional, textOf, UserError } from '../command.ts';
import { openReader } from '../local.ts';

export default {
  usage: 'baton logs ID [--level LEVEL] show the log of an execution, one JSON line per entry',
  options: { ...directoryOption, level: { type: 'string' } },
  async run(positionals, values) {
    const id = onlyPositional(positionals, 'an execution id');
    const wanted = textOf(values, 'level')?.toUpperCase();
    const level = logLevels.find((known) => known === wanted);
    if (wanted !== undefined && !level)
      throw new UserError(`--level is one of ${logLevels.join(', ')}`);
    const reader = await openReader(values);
    try {
      const execution = await reader.runtime.store.readExecution(id);
      if (!execution) throw new UserError(`there is no execution ${id} in ${reader.directory}`);
      for (const entry of await reader.logs.readLogs(id, level)) {
        const line = { ...entry, timestamp: new Date(entry.timestamp).toISOString() };
        process.stdout.write(`${JSON.stringify(line)}\n`);
      }
      return 0;
    } finally {
      await reader.close();
    }
  },
} satisfies Command;
