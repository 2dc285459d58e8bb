import { storeFlow } from '../../src/api/flows.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { startDeployed } from '../helpers/deployed.ts';
import { startEmbedded } from '../helpers/embedded.ts';
import { describeRuntime } from './runtime.ts';

describeRuntime('embedded', async () => {
  const engine = await startEmbedded();
  return {
    async run(source, given) {
      // Some of these flows fail on purpose, by an expression.
      const { flow } = await storeFlow(engine.runtime, source, { force: true });
      const { inputs, issues } = await resolveFlowInputs(engine.runtime, flow, given);
      if (!inputs) throw new Error(issues.map(({ message }) => message).join('\n'));
      const { execution } = await startExecution(engine.runtime, { flow, inputs });
      await engine.whenEnded(execution.id);
      const view = await viewExecution(engine.runtime, execution.id);
      if (!view) throw new Error('the execution is gone');
      return view;
    },
    close: () => engine.close(),
  };
});

describeRuntime('Lambda handlers on the emulators', async () => {
  const engine = await startDeployed();
  return {
    async run(source, given) {
      const { namespace, id } = (await (
        await engine.request('POST', '/flows?force=true', source)
      ).json()) as {
        namespace: string;
        id: string;
      };
      const started = await engine.request(
        'POST',
        `/executions/${namespace}/${id}`,
        JSON.stringify(given),
      );
      const { id: execution } = (await started.json()) as { id: string };
      for (;;) {
        await engine.pump();
        const answer = await engine.request('GET', `/executions/${execution}`);
        const view = (await answer.json()) as ExecutionView;
        if (view.endDate !== undefined) return view;
      }
    },
    close: () => engine.close(),
  };
});
