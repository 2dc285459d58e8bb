/**
 * The deployed test: both stacks on an AWS of its own, from bootstrap to destroy, with the sample
 * flow between. `npm run test:deployed`; needs python3 and, the first time, PyPI. See README.md.
 */
import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
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
import { root } from './process.ts';
import { Report } from './report.ts';

const report = new Report();
let ministack: MiniStack | undefined;
await report.check('MiniStack starts', async () => {
  ministack = await startMiniStack();
});
if (ministack !== undefined) {
  const isFine = await deployAndUse(ministack.endpoint);
  // The emulator's own words, kept where CI finds them, are what explains a failure.
  if (!isFine) await cp(ministack.logFile, path.join(root, 'dist/ministack.log'));
  await ministack.stop();
}
process.exit(report.close() ? 0 : 1);

async function deployAndUse(endpoint: string): Promise<boolean> {
  const cdk = new Cdk(endpoint);
  let outputs: Outputs | undefined;
  let assembly = '';
  const isDeployed =
    (await report.check('cdk synth', async () => {
      assembly = await cdk.synthesise();
    })) &&
    (await report.check('cdk bootstrap', () => cdk.bootstrap(assembly))) &&
    (await report.check('cdk deploy makes both stacks', async () => {
      ({ outputs } = await cdk.deploy(assembly));
    }));
  if (!isDeployed || outputs === undefined) return false;
  const results = [
    await useFlow(endpoint, outputs),
    await report.check('cdk deploy again, built anew, changes nothing', async () => {
      const { log } = await cdk.deploy(await cdk.synthesise());
      assert.equal(log.match(/\(no changes\)/g)?.length, 2, log);
    }),
    await report.check('cdk destroy leaves nothing', async () => {
      await cdk.destroy(assembly);
      assert.deepEqual(await leftovers(endpoint), {});
    }),
  ];
  return results.every(Boolean);
}

async function useFlow(endpoint: string, outputs: Outputs): Promise<boolean> {
  const ingest = new Ingest(endpoint, outputs.Baton['IngestUrl']!);
  let execution: Execution | undefined;
  const results = [
    await report.check('ingest refuses a request that is not signed', async () => {
      assert.equal(await ingest.unsigned(), 403);
    }),
    await report.check('the flow ends in SUCCESS', async () => {
      const started = await ingest.start(
        await readFile(path.join(root, 'flows/serverless-api.yaml'), 'utf8'),
        inputsOf(endpoint, outputs),
      );
      execution = await ingest.waitForEnd(started.id, 60_000);
      assert.equal(execution.state, 'SUCCESS', JSON.stringify(execution, undefined, 1));
    }),
  ];
  if (execution === undefined) return false;
  const ended = execution;
  const checks: Readonly<Record<string, () => void | Promise<void>>> = {
    'each task ran once, in order': () => checkTaskRuns(ended),
    'both records are there, the timestamp changed': () => checkRecords(ended),
    'the posted item is in its table': () => checkItem(endpoint, outputs, ended),
    'outputs lie in DynamoDB': () => checkStoredOutputs(endpoint, outputs, ended),
    'log lines are structured': () => checkLogLines(endpoint, outputs, ended),
    'the API shows the log': async () => {
      const lines = await ingest.logs(ended.id);
      assert.ok(lines.some(({ taskId }) => taskId === 'log_record'));
    },
  };
  for (const [title, check] of Object.entries(checks)) {
    results.push(await report.check(title, check));
  }
  return results.every(Boolean);
}

/** The flow's addresses, as the samples stack put them out. */
function inputsOf(endpoint: string, { BatonSamples }: Outputs): Record<string, string> {
  return {
    post_item_url: `${reachable(endpoint, BatonSamples['PostItemUrl']!)}/`,
    items_table: BatonSamples['ItemsTableName']!,
    update_function: BatonSamples['UpdateTimestampFunction']!,
  };
}
