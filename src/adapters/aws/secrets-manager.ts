/**
 * Texts of Secrets Manager. One call for each path, from the own namespace upwards: asking for
 * several at once takes a permission that cannot be limited to a prefix. Loaded when the first secret
 * is read.
 */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { FirstOf } from './secrets.ts';

export function openSecretsManager(settings: object): FirstOf {
  const client = new SecretsManagerClient(settings);
  return async (paths) => {
    for (const path of paths) {
      const value = await textOf(client, path);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

async function textOf(client: SecretsManagerClient, path: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: path }));
    if (SecretString === undefined) throw new Error(`${path} is binary, and not a text`);
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
