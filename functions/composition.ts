/**
 * The runtime on AWS, made once per process from the variables the stack sets.
 */
import { type Aws, environment, openAws } from '../src/adapters/aws/open.ts';
import { type Runtime, runtimeOf, settingsFrom } from '../src/runtime/runtime.ts';
import type { AwsDefaults } from '../src/tasks/define.ts';

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
    settings: { ...settingsFrom(process.env), aws: awsOfFlows(process.env) },
  });
  return { aws, runtime };
}

/** Flows have the role that is set, or this function's own; what the engine keeps is not for them. */
function awsOfFlows(variables: NodeJS.ProcessEnv): AwsDefaults {
  const { table, bucket, fastQueueUrl, longQueueUrl, fastQueueArn, longQueueArn } = environment;
  const names = [table, bucket, fastQueueUrl, longQueueUrl, fastQueueArn, longQueueArn];
  const own = [...names, 'AWS_LAMBDA_FUNCTION_NAME'].flatMap((name) => variables[name] || []);
  const roleArn = variables['BATON_FLOW_ROLE_ARN'];
  return { own: [...own, ...queueNames(own)], ...(roleArn && { roleArn }) };
}

function queueNames(own: readonly string[]): readonly string[] {
  return own.filter((one) => one.startsWith('arn:')).map((arn) => arn.split(':').at(-1) ?? arn);
}

/** A failure of ours, as one line that Lambda's JSON logging gives level and time. */
export function report(message: string, error: unknown): void {
  console.error(message, error);
}
