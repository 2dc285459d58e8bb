/**
 * The deployed test: both stacks on an AWS of its own, from bootstrap to destroy, with the sample
 * flow between. `npm run test:deployed`; needs python3 and, the first time, PyPI. See README.md.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Cdk, type Outputs } from './cdk.ts';
import {
  checkItem,
  checkLogLines,
  checkRecords,
  checkStoredOutputs,
  checkTaskRuns,
} from './checks.ts';
import { reachable } from './gaps.ts';
import { type Execution, Ingest } from './ingest.ts';
import { leftovers } from './leftovers.ts';
import { type MiniStack, startMiniStack } from './ministack.ts';
import {
  checkLargeValues,
  checkLongWait,
  checkManyTasks,
  checkRefusal,
  checkSweep,
} from './more-flows.ts';
import { root } from './process.ts';
import { Report } from './report.ts';
import { saveLogs } from './save-logs.ts';
import { checkParameterStore, checkSecretInput, checkSecretsManager } from './secrets.ts';
import { checkDeadLetter, checkLongLane, checkPurgedQueues } from './trouble.ts';

const report = new Report();
const work = await mkdtemp(path.join(tmpdir(), 'baton-deployed-'));
// Also where a signal ends the test.
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
let ministack: MiniStack | undefined;
await report.check('MiniStack starts', async () => {
  ministack = await startMiniStack(work);
});
if (ministack !== undefined) {
  await deployAndUse(ministack);
  await ministack.stop();
}
process.exit(report.close() ? 0 : 1);

async function deployAndUse(emulator: MiniStack): Promise<void> {
  const { endpoint } = emulator;
  const cdk = new Cdk(endpoint, work);
  let outputs: Outputs | undefined;
  let assembly = '';
  await report.check('cdk synth', async () => {
    assembly = await cdk.synthesise();
  });
  if (assembly === '') return;
  await report.check('cdk bootstrap', () => cdk.bootstrap(assembly));
  await report.check('cdk deploy makes both stacks', async () => {
    ({ outputs } = await cdk.deploy(assembly));
  });
  if (outputs !== undefined) {
    await useFlow(endpoint, outputs);
    await useMoreFlows(endpoint, outputs);
    await report.check('cdk deploy again, built anew, changes nothing', async () => {
      const { log } = await cdk.deploy(await cdk.synthesise());
      assert.equal(log.match(/\(no changes\)/g)?.length, 2, log);
    });
  }
  if (report.failures > 0) console.log(`Logs are in ${await saveLogs(emulator)}`);
  await report.check('cdk destroy leaves nothing', async () => {
    await cdk.destroy(assembly);
    assert.deepEqual(await leftovers(endpoint), {});
  });
}

async function useFlow(endpoint: string, outputs: Outputs): Promise<void> {
  const ingest = new Ingest(endpoint, outputs.Baton['IngestUrl']!);
  await report.check('ingest refuses a request that is not signed', async () => {
    assert.equal(await ingest.unsigned(), 403);
  });
  let execution: Execution | undefined;
  await report.check('the flow ends in SUCCESS', async () => {
    const source = await readFile(path.join(root, 'flows/serverless-api.yaml'), 'utf8');
    const { id } = await ingest.start(source, inputsOf(endpoint, outputs));
    execution = await ingest.waitForEnd(id, 60_000);
    assert.equal(execution.state, 'SUCCESS', JSON.stringify(execution, undefined, 1));
  });
  if (execution === undefined) return;
  const ended = execution;
  await report.check('each task ran once, in order', () => checkTaskRuns(ended));
  await report.check('both records are there, the timestamp changed', () => checkRecords(ended));
  await report.check('the posted item is in its table', () => checkItem(endpoint, outputs, ended));
  await report.check('outputs lie in DynamoDB', () => checkStoredOutputs(endpoint, outputs, ended));
  await report.check('log lines are structured', () => checkLogLines(endpoint, outputs, ended));
  await report.check('the API shows the log', async () => {
    const lines = await ingest.logs(ended.id);
    assert.ok(lines.some(({ taskId }) => taskId === 'log_record'));
  });
}

async function useMoreFlows(endpoint: string, outputs: Outputs): Promise<void> {
  const ingest = new Ingest(endpoint, outputs.Baton['IngestUrl']!);
  await report.check('a loop of 30 tasks ends', () => checkManyTasks(ingest));
  await report.check('large values go through the bucket', () =>
    checkLargeValues(endpoint, outputs, ingest),
  );
  await report.check('a long wait becomes a schedule', () => checkLongWait(endpoint, ingest));
  await report.check('a flow may not call what was not granted', () =>
    checkRefusal(outputs, ingest),
  );
  await report.check('a secret of Parameter Store is read and not shown', () =>
    checkParameterStore(endpoint, outputs, ingest),
  );
  await report.check('a SECRET input is sealed with the key of the stack', () =>
    checkSecretInput(endpoint, outputs, ingest),
  );
  await report.check('a secret of Secrets Manager is found', () => checkSecretsManager(endpoint));
  await report.check('the sweep finds nothing to do', () => checkSweep(endpoint, outputs));
  await report.check('a task of the long lane runs there', () =>
    checkLongLane(endpoint, outputs, ingest),
  );
  await report.check('the sweep sends again what emptied queues have lost', () =>
    checkPurgedQueues(endpoint, outputs, ingest),
  );
  await report.check('a dead letter ends its execution with the reason', () =>
    checkDeadLetter(endpoint, outputs, ingest),
  );
}

/** The flow's addresses, as the samples stack put them out. */
function inputsOf(endpoint: string, { BatonSamples }: Outputs): Record<string, string> {
  return {
    post_item_url: `${reachable(endpoint, BatonSamples['PostItemUrl']!)}/`,
    items_table: BatonSamples['ItemsTableName']!,
    update_function: BatonSamples['UpdateTimestampFunction']!,
  };
}
