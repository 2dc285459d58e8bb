/** The settings of an SDK client that a connection decides; all services take the same ones. */
import type { Agent } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Keys together with their end, before which the SDK asks for new ones. */
export interface TemporaryKeys extends Keys {
  readonly expiration?: Date;
}

export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: Keys | (() => Promise<TemporaryKeys>);
  readonly requestHandler?: {
    readonly connectionTimeout?: number;
    readonly httpAgent?: Agent;
    readonly httpsAgent?: SecureAgent;
  };
}

/** Static keys count only when both of them are there. */
export function staticKeys(given: {
  readonly accessKeyId?: string | undefined;
  readonly secretKeyId?: string | undefined;
  readonly sessionToken?: string | undefined;
}): Keys | undefined {
  const { accessKeyId, secretKeyId, sessionToken } = given;
  if (!accessKeyId || !secretKeyId) return undefined;
  return { accessKeyId, secretAccessKey: secretKeyId, ...(sessionToken ? { sessionToken } : {}) };
}
