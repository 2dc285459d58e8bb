/** The emulator as a client sees it: credentials, SDK settings, signed requests. */
import { AwsClient } from 'aws4fetch';

export const account = '000000000000';
export const region = 'us-east-1';
export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** For child processes: the emulator and nothing of the machine's own AWS configuration. */
export function emulatorEnvironment(endpoint: string): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export function clientSettings(endpoint: string) {
  return { endpoint, region, credentials };
}

/** Requests to a Function URL that wants IAM. */
export function signer(service = 'lambda'): AwsClient {
  return new AwsClient({ ...credentials, service, region, retries: 0 });
}

/** CloudFormation has no client among the dependencies: its query API, and the names in the answer. */
export async function stackNames(endpoint: string): Promise<readonly string[]> {
  const answer = await signer('cloudformation').fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeStacks&Version=2010-05-15',
  });
  return [...(await answer.text()).matchAll(/<StackName>([^<]+)</g)].map(([, name]) => name!);
}
