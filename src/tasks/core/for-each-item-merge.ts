import { runnable } from '../define.ts';

export default runnable({
  type: 'io.kestra.plugin.core.flow.ForEachItem$ForEachItemMergeOutputs',
  title: 'Merge what the flows put out.',
  description: 'The third part of ForEachItem.',
  group: 'core',
  isInternal: true,
  examples: [],
  properties: (z, expression) => ({
    from: expression(z.string()).describe('Where the outputs are; empty where there are none.'),
  }),
  outputs: (z) => ({
    subflowOutputs: z
      .string()
      .optional()
      .describe('A file with the outputs of each, line by line.'),
  }),
  async run({ from }, context) {
    const merged = from === '' ? new Uint8Array() : await context.getFile(from);
    return { outputs: { subflowOutputs: await context.putFile('outputs.ion', merged) } };
  },
});
