import { flowable } from '../define.ts';

/** One member for each part; what they came to is counted when all have ended. */
export default flowable({
  type: 'io.kestra.plugin.core.flow.ForEachItem$ForEachItemExecutable',
  title: 'Start a flow for each batch.',
  description: 'The second part of ForEachItem.',
  group: 'core',
  isInternal: true,
  examples: [],
  loop: 'items',
  properties: (z, expression) => ({
    wait: expression(z.boolean()).describe('Whether their ends are waited for.'),
    transmitFailed: expression(z.boolean()).describe('Whether a bad end of one is one here.'),
    numberOfBatches: expression(z.int()).describe('How many parts there are.'),
    prefix: expression(z.string()).describe('What their addresses begin with.'),
    suffix: expression(z.string()).describe('What their addresses end with.'),
    item: z.string().describe('Id of the task that starts a flow.'),
  }),
  outputs: (z) => ({
    numberOfBatches: z.int().describe('How many flows were started.'),
    iterations: z.record(z.string(), z.int()).describe('How many ended in each state.'),
    subflowOutputsUri: z
      .string()
      .optional()
      .describe('A file with the outputs of each, line by line.'),
  }),
  children: () => [],
  open: ({ numberOfBatches: count, prefix, suffix }) => ({
    fan: { type: 'values', branch: 'tasks', limit: 0, values: [] },
    numbered: { prefix, suffix, count },
  }),
  async ended({ wait, numberOfBatches, item }, asked) {
    if (numberOfBatches === 0) return { type: 'done', outcome: 'SUCCESS', asAttempt: true };
    const { iterations, lines } = await count(wait === false, asked.outputsOf(item));
    const uri =
      lines.length === 0
        ? {}
        : { subflowOutputsUri: await asked.putFile('outputs.ion', Buffer.from(lines.join('\n'))) };
    const outputs = { numberOfBatches, iterations, ...uri };
    return { type: 'done', outcome: asked.outcome, outputs, asAttempt: true };
  },
});

async function count(
  areNotWaitedFor: boolean,
  ended: AsyncIterable<{
    readonly iteration: number;
    readonly outputs: Readonly<Record<string, unknown>>;
  }>,
): Promise<{ iterations: Record<string, number>; lines: string[] }> {
  const iterations: Record<string, number> = areNotWaitedFor ? {} : { CREATED: 0, RUNNING: 0 };
  const outputs: string[] = [];
  for await (const { iteration, outputs: one } of ended) {
    const state = areNotWaitedFor ? 'SUCCESS' : textOf(one['state']);
    iterations[state] = (iterations[state] ?? 0) + 1;
    if (one['outputs'] !== undefined) outputs[iteration] = JSON.stringify(one['outputs']);
  }
  return { iterations, lines: outputs.filter((line) => line !== undefined) };
}

/** One that could not be started has no state to tell. */
function textOf(state: unknown): string {
  return typeof state === 'string' ? state : 'FAILED';
}
