/**
 * The runtime on AWS, made once per process from the variables the stack sets.
 */
import { type Aws, openAws } from '../src/adapters/aws/open.ts';
import { type Runtime, runtimeOf, settingsFrom } from '../src/runtime/runtime.ts';

export interface Deployed {
  readonly aws: Aws;
  readonly runtime: Runtime;
}

export function deployed(): Deployed {
  const aws = openAws();
  const random = { next: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32 };
  const runtime = runtimeOf({
    ...aws,
    clock: { now: () => Date.now() },
    random,
    settings: settingsFrom(process.env),
  });
  return { aws, runtime };
}

/** A failure of ours, as one line that Lambda's JSON logging gives level and time. */
export function report(message: string, error: unknown): void {
  console.error(message, error);
}
