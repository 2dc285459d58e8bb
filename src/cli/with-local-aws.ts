/** The embedded engine beside a local AWS, for as long as `work` takes. */
import { join, resolve } from 'node:path';
import { type LocalAws, startLocalAws } from '../local-aws/local-aws.ts';
import { type Local, openLocal } from './local.ts';
import { type Progress, showProgress } from './progress.ts';

export interface Surroundings {
  readonly local: Local;
  readonly aws: LocalAws;
  readonly progress: Progress;
}

/** Both keep their data below the directory; progress goes to standard output. */
export async function withLocalAws<T>(
  directory: string,
  work: (surroundings: Surroundings) => Promise<T>,
): Promise<T> {
  const progress = showProgress((line) => process.stdout.write(`${line}\n`));
  const aws = await startLocalAws({ directory: join(resolve(directory), 'aws') });
  try {
    const { region, endpoint, credentials } = aws;
    const local = await openLocal({
      directory: resolve(directory),
      aws: { region, endpoint, credentials },
      watcher: progress,
      onLog: progress.log,
    });
    try {
      return await work({ local, aws, progress });
    } finally {
      await local.close();
    }
  } finally {
    await aws.close();
  }
}
