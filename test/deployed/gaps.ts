/**
 * Where MiniStack 1.5.33 falls short of AWS, and what the test does about it. Nothing of this is
 * known to the stacks or the functions; when a gap closes, its function here goes.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DeleteBucketPolicyCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { account, clientSettings, region } from './aws.ts';
import { adaptPolicy, type Policy } from './policy-gaps.ts';

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly PolicyDocument?: Policy };
}

/** CloudFormation types that stop a deployment, though everything works without them. */
const unknownTypes: ReadonlySet<string> = new Set(['AWS::Logs::QueryDefinition']);

/** Changes the templates of a synthesised assembly to what the emulator can take. */
export async function adaptTemplates(assembly: string): Promise<void> {
  for (const name of await readdir(assembly)) {
    if (!name.endsWith('.template.json')) continue;
    const file = path.join(assembly, name);
    const template = JSON.parse(await readFile(file, 'utf8'));
    for (const [id, resource] of Object.entries<TemplateResource>(template.Resources)) {
      if (unknownTypes.has(resource.Type)) delete template.Resources[id];
      adaptPolicy(resource.Properties?.PolicyDocument);
    }
    await writeFile(file, JSON.stringify(template, undefined, 1));
  }
}

/** HTTP to the bucket of the bootstrap stack, whose policy says nothing else. */
export async function allowHttpToAssets(endpoint: string): Promise<void> {
  const s3 = new S3Client(clientSettings(endpoint));
  const Bucket = `cdk-hnb659fds-assets-${account}-${region}`;
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
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
