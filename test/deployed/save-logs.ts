/** What explains a failure, kept in `dist/deployed/` where CI finds it. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { clientSettings } from './aws.ts';
import type { MiniStack } from './ministack.ts';
import { root } from './process.ts';

/** Must be called before the stacks are destroyed. Returns the folder. */
export async function saveLogs({ endpoint, logFile }: MiniStack): Promise<string> {
  const folder = path.join(root, 'dist/deployed');
  await mkdir(folder, { recursive: true });
  await cp(logFile, path.join(folder, 'ministack.log'));
  const client = new CloudWatchLogsClient(clientSettings(endpoint));
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand());
  for (const { logGroupName = '' } of logGroups) {
    const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName }));
    const lines = events.map(({ message }) => message).join('\n');
    await writeFile(path.join(folder, `${path.basename(logGroupName)}.log`), lines);
  }
  return folder;
}
