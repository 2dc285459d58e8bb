/** Credentials of an assumed role, asked for when they are first needed and again near their end. */
import { TaskFailure } from '../define.ts';
import type { ClientSettings, TemporaryKeys } from './client-settings.ts';

export interface Role {
  readonly roleArn: string;
  readonly externalId: string | undefined;
  readonly sessionName: string;
  readonly durationMs: number;
}

/** The SDK calls the provider again when the expiration is near. */
export function assumedRole(role: Role, settings: ClientSettings): () => Promise<TemporaryKeys> {
  return async () => {
    const { AssumeRoleCommand, STSClient } = await import('./sts-sdk.ts');
    const client = new STSClient(settings);
    try {
      const { Credentials: keys } = await client.send(
        new AssumeRoleCommand({
          RoleArn: role.roleArn,
          ExternalId: role.externalId,
          RoleSessionName: role.sessionName,
          DurationSeconds: Math.ceil(role.durationMs / 1_000),
        }),
      );
      return temporaryKeys(keys, role.roleArn);
    } finally {
      client.destroy();
    }
  };
}

function temporaryKeys(
  keys:
    | {
        AccessKeyId: string | undefined;
        SecretAccessKey: string | undefined;
        SessionToken: string | undefined;
        Expiration: Date | undefined;
      }
    | undefined,
  roleArn: string,
): TemporaryKeys {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) {
    throw new TaskFailure({ code: 'aws', message: `STS gave no credentials for ${roleArn}.` });
  }
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    sessionToken: keys.SessionToken,
    ...(keys.Expiration === undefined ? {} : { expiration: keys.Expiration }),
  };
}
