/** `secret()` from the two services that keep secrets, and what the stack's own key seals. */
import assert from 'node:assert/strict';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { openSecretsManager } from '../../src/adapters/aws/secrets-manager.ts';
import { clientSettings } from './aws.ts';
import type { Outputs } from './cdk.ts';
import { textOf } from './checks.ts';
import type { Ingest } from './ingest.ts';

const token = 'tulip-6391-of-parameter-store';
const pin = 'pin-7720-of-the-caller';
const key = '/baton/Baton/encryption-key';

/** As `cdk deploy` sets it up: read with the step function's role, decrypted, and masked. */
export async function checkParameterStore(
  endpoint: string,
  outputs: Outputs,
  ingest: Ingest,
): Promise<void> {
  await new SSMClient(clientSettings(endpoint)).send(
    new PutParameterCommand({
      Name: '/baton/secrets/test.deployed/TOKEN',
      Type: 'SecureString',
      Value: token,
    }),
  );
  const { id } = await ingest.start(
    `
id: reads-secret
namespace: test.deployed
tasks:
  - id: measure
    type: io.kestra.plugin.core.debug.Return
    format: "{{ secret('TOKEN') | length }}"
  - id: header
    type: io.kestra.plugin.core.debug.Return
    format: "Bearer {{ secret('TOKEN') }}"
  - id: again
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.header.value | length }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.header.value }}"
`,
    {},
  );
  const { taskRuns } = await ingest.waitForSuccess(id);
  const valueOf = (taskId: string): unknown =>
    taskRuns.find((taskRun) => taskRun.taskId === taskId)?.outputs?.['value'];
  assert.equal(valueOf('measure'), String(token.length));
  assert.equal(valueOf('header'), 'Bearer ********');
  assert.equal(valueOf('again'), String(`Bearer ${token}`.length));
  await checkNotInClear(endpoint, outputs, ingest, { id, clear: token, sealed: 'baton-sealed:' });
}

/** With the key that the stack has made for itself. */
export async function checkSecretInput(
  endpoint: string,
  outputs: Outputs,
  ingest: Ingest,
): Promise<void> {
  const { id } = await ingest.startStored(
    `
id: takes-secret
namespace: test.deployed
inputs:
  - {id: pin, type: SECRET}
tasks:
  - id: measure
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.pin | length }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Bearer {{ inputs.pin }}"
outputs:
  - {id: kept, type: SECRET, value: "{{ inputs.pin }}"}
`,
    { pin },
  );
  const { taskRuns } = await ingest.waitForSuccess(id);
  assert.equal(taskRuns[0]?.outputs?.['value'], String(pin.length));
  await checkNotInClear(endpoint, outputs, ingest, { id, clear: pin, sealed: 'aes_encrypted' });
}

/** Neither what the API shows nor any item of the table has it; the log line has it masked. */
async function checkNotInClear(
  endpoint: string,
  { Baton }: Outputs,
  ingest: Ingest,
  { id, clear, sealed }: Readonly<Record<'id' | 'clear' | 'sealed', string>>,
): Promise<void> {
  const lines = await ingest.logs(id);
  const shown = JSON.stringify([await ingest.show(id), lines]);
  assert.ok(!shown.includes(clear), 'the API shows it');
  const line = lines.find(({ taskId }) => taskId === 'show');
  assert.equal(line?.message, 'Bearer ********');
  const pages = paginateScan(
    { client: new DynamoDBClient(clientSettings(endpoint)) },
    { TableName: Baton['TableName'] },
  );
  let stored = '';
  for await (const { Items = [] } of pages) {
    for (const item of Items) stored += `${JSON.stringify(item)}\n${textOf(item)}\n`;
  }
  assert.ok(stored.includes(id), 'the records are read');
  assert.ok(stored.includes(sealed), 'the table has it sealed');
  assert.ok(!stored.includes(clear), 'the table has it');
  const { Parameter } = await new SSMClient(clientSettings(endpoint)).send(
    new GetParameterCommand({ Name: key, WithDecryption: true }),
  );
  assert.equal(Buffer.from(Parameter?.Value ?? '', 'base64').length, 32);
  assert.ok(!stored.includes(Parameter?.Value ?? ''), 'the table has the key');
}

/** What `-c secretsSource=secrets-manager` puts in its place. */
export async function checkSecretsManager(endpoint: string): Promise<void> {
  const own = '/baton/secrets/test.deployed/TOKEN';
  const parent = '/baton/secrets/test/TOKEN';
  const client = new SecretsManagerClient(clientSettings(endpoint));
  const firstOf = openSecretsManager(clientSettings(endpoint));
  assert.equal(await firstOf([own, parent]), undefined);
  await client.send(new CreateSecretCommand({ Name: parent, SecretString: 'of the parent' }));
  assert.equal(await firstOf([own, parent]), 'of the parent');
  await client.send(new CreateSecretCommand({ Name: own, SecretString: 'of its own' }));
  assert.equal(await firstOf([own, parent]), 'of its own');
}
