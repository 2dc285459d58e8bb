/**
 * Where MiniStack 1.5.33 falls short of AWS, and what the test does about it. Nothing of this is
 * known to the stacks or the functions; when a gap closes, its function here goes.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from './aws.ts';

/** CloudFormation types that stop a deployment, though everything works without them. */
const unknownTypes: ReadonlySet<string> = new Set(['AWS::Logs::QueryDefinition']);

/** Takes them out of the templates of a synthesised assembly. */
export async function removeUnknownTypes(assembly: string): Promise<void> {
  for (const name of await readdir(assembly)) {
    if (!name.endsWith('.template.json')) continue;
    const file = path.join(assembly, name);
    const template = JSON.parse(await readFile(file, 'utf8'));
    for (const [id, resource] of Object.entries<{ Type: string }>(template.Resources)) {
      if (unknownTypes.has(resource.Type)) delete template.Resources[id];
    }
    await writeFile(file, JSON.stringify(template, undefined, 1));
  }
}

/**
 * Tags of a bucket in a template are not put on the bucket. The CDK's function that empties it before
 * it is deleted asks for this one.
 */
export async function tagBucket(endpoint: string, bucket: string): Promise<void> {
  const TagSet = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];
  await new S3Client(clientSettings(endpoint)).send(
    new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }),
  );
}

/** These lines are written whatever a function's system log level and format say. */
export function isPlatformLine(message: string): boolean {
  return /^(START|END|REPORT) RequestId: /.test(message);
}

/** Its worker uses `url.parse`, which Node reports in the middle of the function's own log. */
export const workerNodeOptions = '--disable-warning=DEP0169';

/**
 * `https://<id>.lambda-url.<region>.on.aws/` has no name in DNS; the gateway takes the id as a path.
 */
export function reachable(endpoint: string, functionUrl: string): string {
  const [id] = new URL(functionUrl).hostname.split('.');
  return `${endpoint}/_aws/lambda-url/${id}`;
}
