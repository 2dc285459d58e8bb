/** Recovers executions with overdue work, on a slow schedule. */
import { sweep } from '../src/runtime/sweep.ts';
import { deployed } from './composition.ts';

const { aws, runtime } = deployed();

export async function handler(): Promise<{ recovered: number }> {
  const recovered = await sweep(runtime);
  if (recovered > 0) runtime.metrics.count('recovered', recovered, {});
  aws.metrics.flush();
  return { recovered };
}
