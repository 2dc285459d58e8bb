/**
 * States of flows, as 1.x releases keep them: maps of data in pairs of the flow's namespace, each
 * flow and each value of a loop with its own unless told otherwise.
 */
import { createHash } from 'node:crypto';
import type { ExpressionWrapper, StoredPair, TaskContext, Z } from '../define.ts';

export const stateProperties = (z: Z, expression: ExpressionWrapper) => ({
  name: expression(z.string()).default('default').describe('The name of the state.'),
  namespace: expression(z.boolean())
    .default(false)
    .describe('True: shared by the flows of the namespace.'),
  taskrunValue: expression(z.boolean())
    .default(true)
    .describe('False: shared by the values of a loop.'),
});

interface StateTask {
  readonly name: string;
  readonly namespace: boolean;
  readonly taskrunValue: boolean;
}

export async function stateKey(task: StateTask, context: TaskContext): Promise<string> {
  const { flowId } = context.execution;
  const value = task.taskrunValue ? await context.loopValue() : undefined;
  return [
    ...(task.namespace ? [] : [flowId]),
    'states_tasks-states',
    task.name,
    // A loop value is any text; a key is not.
    ...(value === undefined ? [] : [createHash('sha256').update(value).digest('hex').slice(0, 16)]),
  ].join('_');
}

/** Undefined: there is none. */
export async function readState(
  key: string,
  { kv, execution }: TaskContext,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const pair: StoredPair | undefined = await kv.get(execution.namespace, key);
  return pair?.value as Readonly<Record<string, unknown>> | undefined;
}
