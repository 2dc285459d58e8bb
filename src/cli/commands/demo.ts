import { readFile } from 'node:fs/promises';
import { storeFlow } from '../../api/flows.ts';
import type { ExecutionId } from '../../engine/execution.ts';
import { resolveFlowInputs } from '../../runtime/inputs.ts';
import { startExecution } from '../../runtime/start.ts';
import { type ExecutionView, viewExecution } from '../../runtime/view.ts';
import { type Command, textOf, UserError } from '../command.ts';
import { costReport } from '../cost-report.ts';
import type { Local } from '../local.ts';
import type { Progress } from '../progress.ts';
import { type Surroundings, withLocalAws } from '../with-local-aws.ts';

const flowFile = new URL('../../../flows/serverless-api.yaml', import.meta.url);

export default {
  usage: 'baton demo                    run flows/serverless-api.yaml against a local AWS',
  options: { directory: { type: 'string', short: 'd', default: '.baton/demo' } },
  async run(_, values) {
    return withLocalAws(textOf(values, 'directory') ?? '.baton/demo', demonstrate);
  },
} satisfies Command;

async function demonstrate({ local, aws, progress }: Surroundings): Promise<number> {
  for (const id of await interrupted(local)) {
    process.stdout.write(`\nGoing on with ${id}, which was interrupted\n`);
    await finish(local, progress, id);
  }
  const source = await readFile(flowFile, 'utf8');
  const { flow } = await storeFlow(local.runtime, source);
  const { inputs, issues } = await resolveFlowInputs(local.runtime, flow, {
    post_item_url: aws.postItemUrl,
  });
  if (!inputs) throw new UserError(issues.map(({ message }) => message).join('\n'));
  const { execution } = await startExecution(local.runtime, { flow, inputs });
  process.stdout.write(`\nRunning ${flow.namespace}.${flow.id}, execution ${execution.id}\n`);
  const view = await finish(local, progress, execution.id);
  return view.state === 'SUCCESS' ? 0 : 1;
}

/** Executions of an earlier run that did not live to see their end. */
async function interrupted(local: Local): Promise<readonly ExecutionId[]> {
  const { items } = await local.runtime.store.listExecutions({ state: 'RUNNING', limit: 100 });
  return items.map(({ id }) => id);
}

async function finish(local: Local, progress: Progress, id: ExecutionId): Promise<ExecutionView> {
  await Promise.race([progress.whenEnded(id), local.failed]);
  await local.runtime.store.settled();
  // Counted before the execution is read back to be shown.
  const counts = local.meter.counts(id);
  const view = await viewExecution(local.runtime, id);
  if (!view) throw new Error(`execution ${id} is gone`);
  process.stdout.write(summary(view));
  process.stdout.write(`Billable operations, had this run on AWS:\n${costReport(counts)}\n`);
  return view;
}

function summary(view: ExecutionView): string {
  const outputsOf = (taskId: string): Record<string, unknown> =>
    (view.taskRuns.find((run) => run.taskId === taskId)?.outputs ?? {}) as Record<string, unknown>;
  const before = outputsOf('extract_data')['row'];
  const after = outputsOf('invoke')['payload'];
  return [
    `\n${view.state} in ${view.durationMs} ms`,
    `Record before: ${JSON.stringify(before)}`,
    `Record after:  ${JSON.stringify(after)}\n`,
  ].join('\n');
}
