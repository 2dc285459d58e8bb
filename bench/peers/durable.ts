/**
 * Five sequential steps of a Lambda durable function in the local runner of its testing SDK. Nothing
 * is stored: checkpoints go to a thread that keeps them in maps. So this shows what the SDK and its
 * runner take for five steps, and is not comparable with engines that sync.
 *
 * Two things in the runner are of its own making. After each execution `run` waits 100 ms of real
 * time before it resolves, and each checkpoint is answered from a `setTimeout`, 1 ms at the least.
 * The first is told apart by measuring also until the function has returned. Timers are real ones,
 * and no delay of checkpoints is asked for, both by default.
 */
import {
  type DurableLambdaHandler,
  InvocationStatus,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import { ExecutionStatus, LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { underLoad } from '../load.ts';
import type { Measure } from '../measurement.ts';

const steps = ['a', 'b', 'c', 'd', 'e'];

const linear: DurableLambdaHandler = withDurableExecution(async (_event, context) => {
  for (const step of steps) await context.step(step, async () => undefined);
  return 'done';
});

export default (async (effort) => {
  const startedAt = performance.now();
  await LocalDurableTestRunner.setupTestEnvironment();
  await run(linear);
  const firstMs = performance.now() - startedAt;
  const whole = await underLoad(() => run(linear), effort);
  const ending: Promise<void>[] = [];
  const returned = await underLoad(() => untilReturned(ending), effort);
  await Promise.all(ending);
  const own = process.memoryUsage.rss() / 2 ** 20;
  await LocalDurableTestRunner.teardownTestEnvironment();
  return [
    ...whole,
    ...returned.map((figure) => ({ ...figure, name: `function returned: ${figure.name}` })),
    { name: 'memory of the process', value: own, unit: 'MB' },
    { name: 'set up to first execution ended', value: firstMs, unit: 'ms' },
  ];
}) satisfies Measure;

/** A runner for each execution: one that is used again keeps the operations of all. */
async function run(handlerFunction: DurableLambdaHandler): Promise<void> {
  const execution = await new LocalDurableTestRunner({ handlerFunction }).run();
  const status = execution.getStatus();
  if (status !== ExecutionStatus.SUCCEEDED) throw new Error(`an execution ended ${status}`);
  const { length } = execution.getOperations();
  if (length !== steps.length) throw new Error(`${length} operations instead of five`);
}

/** What the runner does after that goes on beside the next executions: `ending` collects it. */
function untilReturned(ending: Promise<void>[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = run(async (event, context) => {
      const output = await linear(event, context);
      if (output.Status === InvocationStatus.SUCCEEDED) resolve();
      return output;
    });
    all.catch(reject);
    ending.push(all);
  });
}
