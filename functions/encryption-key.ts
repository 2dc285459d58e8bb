/**
 * CloudFormation's custom resource for the key that seals what is secret: a parameter of Parameter
 * Store, made once. A key that was made is never replaced, for nothing else opens what it has sealed:
 * who comes second takes the first one's, and one that is lost stops the deployment.
 */
import { randomBytes } from 'node:crypto';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type {
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceResponse,
} from 'aws-lambda';
import { keyForm, keyOf } from '../src/runtime/crypto.ts';

const ssm = new SSMClient();
const keyBytes = 32;

interface Settled {
  readonly PhysicalResourceId: string;
  readonly Data?: { readonly Key: string };
  /** CloudFormation shows the data to nobody. */
  readonly NoEcho?: boolean;
}

/** Answers in any case: without an answer CloudFormation waits until its own time-out. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const about = { StackId, RequestId, LogicalResourceId };
  const answer = await settle(event).then(
    (settled) => ({ ...about, Status: 'SUCCESS' as const, ...settled }),
    (error: unknown) => ({
      ...about,
      Status: 'FAILED' as const,
      Reason: String(error),
      PhysicalResourceId:
        event.RequestType === 'Create' ? LogicalResourceId : event.PhysicalResourceId,
    }),
  );
  await send(event.ResponseURL, answer);
}

async function settle(event: CloudFormationCustomResourceEvent): Promise<Settled> {
  const name = String(event.ResourceProperties['ParameterName']);
  if (event.RequestType === 'Create') return create(name);
  const { PhysicalResourceId } = event;
  if (event.RequestType === 'Update') {
    const key = await read(name);
    if (key !== undefined) return { PhysicalResourceId, Data: { Key: key }, NoEcho: true };
    const hint = 'Restore it: the functions of the stack still have it as BATON_ENCRYPTION_KEY.';
    throw new Error(`The encryption key in the parameter ${name} is gone. ${hint}`);
  }
  // Asked for where the data of the stack goes too. A key that was there before it is not its own.
  if (PhysicalResourceId === name) await remove(name);
  return { PhysicalResourceId };
}

async function create(name: string): Promise<Settled> {
  const found = await read(name);
  const made = found === undefined ? await make(name) : undefined;
  const key = found ?? made ?? (await read(name));
  if (key === undefined) throw new Error(`The parameter ${name} is there, and then it is not.`);
  const PhysicalResourceId = made === undefined ? `found:${name}` : name;
  return { PhysicalResourceId, Data: { Key: key }, NoEcho: true };
}

/** Undefined where another was faster. */
async function make(name: string): Promise<string | undefined> {
  const key = randomBytes(keyBytes).toString('base64');
  const Description = 'Baton: seals what is secret. Nothing else opens what it has sealed.';
  try {
    await ssm.send(
      new PutParameterCommand({ Name: name, Type: 'SecureString', Value: key, Description }),
    );
    return key;
  } catch (error) {
    if (error instanceof ParameterAlreadyExists) return undefined;
    throw error;
  }
}

async function read(name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await ssm.send(
      new GetParameterCommand({ Name: name, WithDecryption: true }),
    );
    const key = Parameter?.Value ?? '';
    if (keyOf(key) !== undefined) return key;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
  throw new Error(`The parameter ${name} must be ${keyForm}.`);
}

async function remove(name: string): Promise<void> {
  try {
    await ssm.send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
  }
}

/** To the URL that CloudFormation has signed, which is for bytes without a type. */
async function send(url: string, answer: CloudFormationCustomResourceResponse): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body: Buffer.from(JSON.stringify(answer)) });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}
