/** Runs all cases of a folder, several at a time: most of their time they wait. */
import type { Folder } from './cases.ts';
import { FlowSources } from './flow-sources.ts';
import { runInvalidFlow, runInvalidObject } from './invalid-cases.ts';
import { runParseCase } from './parse-cases.ts';
import type { Result } from './result.ts';
import { runCase } from './run-case.ts';

export interface FolderOptions {
  /** Only cases whose id or area holds this text. */
  readonly filter?: string;
  readonly concurrency?: number;
  /** No case waits longer than this for anything. */
  readonly limitMs?: number;
  readonly onResult?: (result: Result) => void;
}

interface Job {
  readonly id: string;
  readonly area: string;
  run(): Promise<Result>;
}

/** Results in the order of the folder. */
export async function runFolder(
  folder: Folder,
  { filter = '', concurrency = 8, limitMs = 30_000, onResult }: FolderOptions = {},
): Promise<readonly Result[]> {
  const jobs = jobsOf(folder, limitMs).filter(
    ({ id, area }) => id.includes(filter) || area.includes(filter),
  );
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const result = await jobs[index]?.run();
      if (result === undefined) continue;
      results[index] = result;
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

function jobsOf(folder: Folder, limitMs: number): readonly Job[] {
  const sources = new FlowSources(folder);
  const options = { folder, sources, limitMs };
  return [
    ...folder.cases.map((item) => ({
      id: item.id,
      area: item.area,
      run: () => runCase(item, options),
    })),
    ...folder.invalidFlows.map((item) => ({
      id: `invalid/${item.id}`,
      area: 'invalid flows',
      run: () => runInvalidFlow(item, sources),
    })),
    ...folder.invalidObjects.map((item) => ({
      id: `object/${item.id}`,
      area: 'invalid objects',
      run: () => runInvalidObject(item),
    })),
    ...folder.parseCases.map((item) => ({
      id: `parse/${item.id}`,
      area: 'parsing',
      run: () => runParseCase(item, sources),
    })),
  ];
}
