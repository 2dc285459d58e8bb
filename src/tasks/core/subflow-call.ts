/** Starting another flow and what its end means here: what Subflow and ForEachItem share. */
import {
  type ExpressionWrapper,
  type RunResult,
  type SubflowEnd,
  type TaskContext,
  TaskFailure,
  type Z,
} from '../define.ts';
import { labelsOf } from './label-list.ts';

export const callProperties = (z: Z, expression: ExpressionWrapper) => ({
  namespace: expression(z.string().min(1)).describe('Of the flow to start.'),
  flowId: expression(z.string().min(1)).describe('Id of the flow to start.'),
  revision: expression(z.int().min(1)).optional().describe('Without it the latest.'),
  inputs: expression(z.record(z.string(), z.unknown()))
    .optional()
    .describe('Inputs of the flow by name.'),
  labels: expression(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]))
    .optional()
    .describe('Labels of the new execution: a map, or a list of `{key, value}`.'),
  wait: expression(z.boolean()).default(true).describe('Whether its end is waited for.'),
  transmitFailed: expression(z.boolean())
    .default(true)
    .describe('Whether a bad end of it is a bad end of this task.'),
  inheritLabels: expression(z.boolean())
    .default(false)
    .describe('Whether it gets the labels of this execution, too.'),
  scheduleDate: expression(z.string()).optional().describe('When it begins, ISO-8601.'),
  restartBehavior: z
    .enum(['RETRY_FAILED', 'NEW_EXECUTION'])
    .default('RETRY_FAILED')
    .describe('What a restart of this execution does with one that failed.'),
});

/** Properties as `run` sees them. */
interface Call {
  readonly namespace: string;
  readonly flowId: string;
  readonly revision?: number | undefined;
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly labels?: unknown;
  readonly wait: boolean;
  readonly transmitFailed: boolean;
  readonly inheritLabels: boolean;
  readonly scheduleDate?: string | undefined;
  readonly restartBehavior: string;
}

interface Outputs {
  readonly executionId: string;
  readonly state: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

type Result = RunResult<Outputs>;

/** `outputsOf`: the outputs of one that has ended. */
export async function callFlow(
  call: Call,
  context: TaskContext,
  outputsOf: (execution: string, end: SubflowEnd) => Promise<SubflowEnd['outputs']>,
): Promise<Result> {
  const before = context.resumed?.['executionId'];
  const started = typeof before === 'string' ? before : await startFlow(call, context);
  if (call.wait === false) return { outputs: { executionId: started, state: 'CREATED' } };
  const end = await context.subflows.ended(started);
  // Its end runs this task run again, whether it comes before or after this answer is written.
  if (!end)
    return { outputs: { executionId: started, state: 'RUNNING' }, again: {}, child: started };
  const { executionId, state } = end;
  const outputs = await outputsOf(executionId, end).catch((cause: Error) => {
    const { message } = cause;
    const failure = { code: 'subflow-outputs', message, retryable: false };
    throw new TaskFailure(failure, { cause, outputs: { executionId, state } });
  });
  return ended(call, { executionId, state, ...(outputs && { outputs }) }, state);
}

function startFlow(call: Call, context: TaskContext): Promise<string> {
  const { namespace, flowId, revision, inputs = {}, wait, inheritLabels } = call;
  return context.subflows.start({
    namespace,
    flowId,
    revision,
    inputs,
    labels: labelsOf(call.labels ?? {}),
    inheritLabels,
    wait,
    scheduleDate: dateOf(call.scheduleDate),
    restartsFailed: call.restartBehavior === 'RETRY_FAILED',
  });
}

function ended(call: Call, outputs: Outputs, state: SubflowEnd['state']): Result {
  if (call.transmitFailed === false) return { outputs };
  if (state === 'WARNING' || state === 'KILLED') return { outputs, state };
  if (state !== 'FAILED') return { outputs };
  const message = `The execution ${outputs.executionId} of ${call.namespace}.${call.flowId} failed`;
  throw new TaskFailure({ code: 'subflow-failed', message }, { outputs: { ...outputs } });
}

function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const date = Date.parse(text);
  if (!Number.isNaN(date)) return date;
  const message = `scheduleDate '${text}' is no ISO-8601 date`;
  throw new TaskFailure({ code: 'property-type', message, retryable: false });
}
