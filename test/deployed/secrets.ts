/** `secret()` from the two services that keep secrets. */
import assert from 'node:assert/strict';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { openSecretsManager } from '../../src/adapters/aws/secrets-manager.ts';
import { clientSettings } from './aws.ts';
import type { Ingest } from './ingest.ts';

const token = 'tulip-6391-of-parameter-store';

/** As `cdk deploy` sets it up: read with the step function's role, decrypted, and masked. */
export async function checkParameterStore(endpoint: string, ingest: Ingest): Promise<void> {
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
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "Bearer {{ secret('TOKEN') }}"
`,
    {},
  );
  const { state, taskRuns } = await ingest.waitForEnd(id, 60_000);
  assert.equal(state, 'SUCCESS', JSON.stringify(taskRuns));
  const measured = taskRuns.find(({ taskId }) => taskId === 'measure');
  assert.equal(measured?.outputs?.['value'], String(token.length));
  const line = (await ingest.logs(id)).find(({ taskId }) => taskId === 'show');
  assert.equal(line?.message, 'Bearer ********');
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
