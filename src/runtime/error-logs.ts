/** `errorLogs()`: what the execution has logged at ERROR so far. */
import type { LogReader } from '../engine/ports.ts';
import { Pending } from '../expression/pending.ts';
import { fromPlain, type Value } from '../expression/value.ts';
import type { LogRow } from '../tasks/define.ts';
import { readLogRows } from './log-rows.ts';

/** Within the time that the log may lag. */
const looksMax = 10;

/** Loaded once for the rounds of a render. */
export function errorLogs(logs: LogReader, id: string): () => Value {
  let known: Value | undefined;
  return () => {
    if (known !== undefined) return known;
    throw new Pending('error logs', async () => {
      known = fromPlain(await firstErrors(logs, id));
    });
  };
}

/** Who asks expects at least one line; a log that lags is given the time to show it. */
async function firstErrors(logs: LogReader, id: string): Promise<readonly LogRow[]> {
  for (let looks = 0; ; looks += 1) {
    const rows = await readLogRows(logs, id, 'ERROR');
    if (rows.length > 0 || logs.lagMs === 0 || looks === looksMax) return rows;
    await new Promise((resolve) => setTimeout(resolve, logs.lagMs / looksMax));
  }
}
