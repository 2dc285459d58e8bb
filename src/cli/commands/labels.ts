import { labelsFrom } from '../../api/labels.ts';
import { Problem } from '../../api/problem.ts';
import { setLabels } from '../../runtime/amend.ts';
import { type Command, directoryOption, UserError } from '../command.ts';
import { amended, withExecutions } from '../on-execution.ts';

export default {
  usage: 'baton labels ID KEY=VALUE…    add labels to an execution that has ended',
  options: directoryOption,
  async run([id, ...texts], values) {
    if (id === undefined || texts.length === 0) {
      throw new UserError('name an execution id and labels: key=value');
    }
    const labels = labelsIn(texts);
    return withExecutions(values, async (local) => {
      amended(local, id, await setLabels(local.runtime, id, labels));
      return `labelled ${id}`;
    });
  },
} satisfies Command;

function labelsIn(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const end = text.indexOf('=');
    return [text.slice(0, Math.max(0, end)), text.slice(end + 1)] as const;
  });
  try {
    return labelsFrom(pairs);
  } catch (error) {
    if (error instanceof Problem) throw new UserError(error.message);
    throw error;
  }
}
