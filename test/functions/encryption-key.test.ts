/**
 * The custom resource of the encryption key, under the role that it is deployed with: a Parameter
 * Store that keeps what it is given, and CloudFormation's signed URL, which hears of every ending.
 */
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { credentials, region, startStub, type StubAnswer } from '../helpers/emulators.ts';
import { allows, rolesOf } from '../helpers/iam.ts';
import { underRoles } from '../helpers/roles.ts';
import { makeStacks } from '../infra/stacks.ts';

const name = '/baton/Baton/encryption-key';
const kept = Buffer.alloc(32, 7).toString('base64');
const trial = rolesOf(Template.fromStack(makeStacks({ removal: 'destroy' }).orchestrator));
const production = rolesOf(Template.fromStack(makeStacks().orchestrator));

const parameters = new Map<string, string>();
/** What CloudFormation was told. */
const answers: Record<string, unknown>[] = [];
/** Makes the parameter between looking for it and making it. */
let isFaster = false;

function parameterStore(target: string, body: Record<string, unknown>): StubAnswer {
  const Name = String(body['Name']);
  const missing = { status: 400, error: 'ParameterNotFound' };
  const Value = parameters.get(Name);
  switch (target) {
    case 'AmazonSSM.GetParameter':
      if (isFaster) parameters.set(Name, kept);
      return Value === undefined ? missing : { body: { Parameter: { Name, Value } } };
    case 'AmazonSSM.PutParameter':
      if (Value !== undefined) return { status: 400, error: 'ParameterAlreadyExists' };
      expect(body).toMatchObject({ Type: 'SecureString' });
      parameters.set(Name, String(body['Value']));
      return { body: { Version: 1 } };
    case 'AmazonSSM.DeleteParameter':
      return parameters.delete(Name) ? {} : missing;
    default:
      throw new Error(`${target} is not known`);
  }
}

let stub: Awaited<ReturnType<typeof startStub>>;
let handler: (event: CloudFormationCustomResourceEvent) => Promise<void>;
beforeEach(async () => {
  stub = await startStub(({ method, path, target, body }) => {
    if (path === '/refusing') return { status: 403 };
    if (method !== 'PUT') return parameterStore(target, body);
    answers.push(body);
    return {};
  });
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', stub.endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.resetModules();
  ({ handler } = await import('../../functions/encryption-key.ts'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  parameters.clear();
  answers.length = 0;
  isFaster = false;
  await stub.close();
});

const about = { StackId: 'arn:of:stack', RequestId: 'request', LogicalResourceId: 'Key' };

function asked(
  RequestType: 'Create' | 'Update' | 'Delete',
  PhysicalResourceId = name,
  path = '/signed?signature=x',
): CloudFormationCustomResourceEvent {
  const ResourceProperties = { ServiceToken: 'arn:of:function', ParameterName: name };
  const common = { ...about, ResponseURL: stub.endpoint + path, ResourceType: 'Custom::Key' };
  const given = { ...common, ServiceToken: 'arn:of:function', ResourceProperties };
  if (RequestType === 'Create') return { ...given, RequestType };
  if (RequestType === 'Delete') return { ...given, RequestType, PhysicalResourceId };
  return {
    ...given,
    RequestType,
    PhysicalResourceId,
    OldResourceProperties: ResourceProperties,
  };
}

const succeeded = (PhysicalResourceId: string, Key?: string) => ({
  ...about,
  Status: 'SUCCESS',
  PhysicalResourceId,
  ...(Key !== undefined && { Data: { Key }, NoEcho: true }),
});
const failed = (PhysicalResourceId: string, reason: RegExp) => ({
  ...about,
  Status: 'FAILED',
  PhysicalResourceId,
  Reason: expect.stringMatching(reason),
});

describe('is made', () => {
  test('of 32 bytes, where there is none, and hidden', async () => {
    await handler(asked('Create'));
    const made = parameters.get(name) ?? '';
    expect(Buffer.from(made, 'base64')).toHaveLength(32);
    expect(answers).toEqual([succeeded(name, made)]);
  });

  test('anew for each stack', async () => {
    await handler(asked('Create'));
    const first = parameters.get(name);
    parameters.clear();
    await handler(asked('Create'));
    expect(parameters.get(name)).not.toBe(first);
  });

  test('never where there is one', async () => {
    parameters.set(name, kept);
    await handler(asked('Create'));
    expect(parameters.get(name)).toBe(kept);
    expect(answers).toEqual([succeeded(`found:${name}`, kept)]);
  });

  test('by the first of two', async () => {
    isFaster = true;
    await handler(asked('Create'));
    expect(answers).toEqual([succeeded(`found:${name}`, kept)]);
  });

  test('never in place of something else, which is not shown', async () => {
    parameters.set(name, 'hunter2');
    await handler(asked('Create'));
    expect(answers).toEqual([failed('Key', /must be the base64 of 16, 24 or 32 bytes\.$/)]);
    expect(JSON.stringify(answers)).not.toContain('hunter2');
  });
});

describe('is kept', () => {
  test.each([name, `found:${name}`])('by a change of the stack: %s', async (id) => {
    parameters.set(name, kept);
    await handler(asked('Update', id));
    expect(answers).toEqual([succeeded(id, kept)]);
  });

  test('or its loss stops the deployment, and no other is made', async () => {
    await handler(asked('Update'));
    expect(answers).toEqual([failed(name, /encryption-key is gone\. Restore it: the functions/)]);
    expect([...parameters]).toEqual([]);
  });
});

describe('goes', () => {
  test('with the stack that made it, once', async () => {
    parameters.set(name, kept);
    await handler(asked('Delete'));
    await handler(asked('Delete'));
    expect([...parameters]).toEqual([]);
    expect(answers).toEqual([succeeded(name), succeeded(name)]);
  });

  test.each([`found:${name}`, 'Key'])('not with a stack that did not: %s', async (id) => {
    parameters.set(name, kept);
    await handler(asked('Delete', id));
    expect([...parameters]).toEqual([[name, kept]]);
    expect(answers).toEqual([succeeded(id)]);
  });
});

test('an answer that was not taken fails the call, which Lambda then makes again', async () => {
  await expect(handler(asked('Create', name, '/refusing'))).rejects.toThrow('the answer: 403');
  await handler(asked('Create'));
  expect(answers).toEqual([succeeded(`found:${name}`, parameters.get(name))]);
});

describe.each([
  ['production', production, ['Create', 'Update']],
  ['a trial', trial, ['Create', 'Update', 'Delete']],
] as const)('the role of %s', (_, roles, requests) => {
  test('allows what is asked for, and nothing else', async () => {
    const { as, calls, end } = underRoles(roles);
    for (const request of requests) await as('EncryptionKey', handler)(asked(request));
    end();
    expect(answers.map(({ Status }) => Status)).toEqual(requests.map(() => 'SUCCESS'));
    const own = (roles['EncryptionKey'] ?? []).filter(({ action }) => !action.startsWith('logs:'));
    const made = calls.get('EncryptionKey') ?? [];
    expect(own.filter((permission) => !made.some((need) => allows(permission, need)))).toEqual([]);
  });
});

test('in production it cannot be removed', async () => {
  parameters.set(name, kept);
  const { as, end } = underRoles(production);
  await as('EncryptionKey', handler)(asked('Delete'));
  end();
  expect(answers).toEqual([failed(name, /not authorized to perform ssm:DeleteParameter/)]);
  expect([...parameters]).toEqual([[name, kept]]);
});
