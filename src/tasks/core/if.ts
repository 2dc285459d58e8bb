import { flowable } from '../define.ts';
import { holds } from './truth.ts';

export default flowable({
  type: 'io.kestra.plugin.core.flow.If',
  title: 'Run one list of tasks or another.',
  description:
    'The condition is decided once. False are `false`, `0`, `-0` and the empty text; anything else is true.',
  group: 'core',
  examples: [
    {
      title: 'Greet only where it is wanted.',
      flow: `
id: conditional
namespace: examples
inputs:
  - id: polite
    type: BOOL
    defaults: true
tasks:
  - id: choose
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.polite }}"
    then:
      - id: greet
        type: io.kestra.plugin.core.log.Log
        message: Good morning
    else:
      - id: mumble
        type: io.kestra.plugin.core.log.Log
        message: Mornin'
`,
    },
  ],
  properties: (z, expression) => ({
    condition: expression(z.string()).describe('What decides, as text.'),
  }),
  outputs: (z) => ({
    evaluationResult: z.boolean().describe('What the condition came to.'),
  }),
  children: () => [
    { branch: 'then', at: ['then'], required: true },
    { branch: 'else', at: ['else'], required: false },
  ],
  open(task) {
    const evaluationResult = holds(task.condition);
    const branch = evaluationResult ? 'then' : 'else';
    return { fan: { type: 'sequence', branch }, outputs: { evaluationResult } };
  },
});
