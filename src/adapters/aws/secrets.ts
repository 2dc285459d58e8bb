/**
 * Secrets from SSM Parameter Store, at `<prefix>/<namespace>/<NAME>`: standard SecureString
 * parameters cost nothing at rest, where Secrets Manager bills each secret by the month.
 *
 * One call asks for the name in a namespace and in all above it. What was found is kept by this
 * process for five minutes, so a changed secret counts within that time everywhere. Loaded when the
 * first secret is read.
 */
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Clock, SecretStore } from '../../engine/ports.ts';

/** Loaded together with what uses it. */
export { SSMClient };

const keptMs = 5 * 60_000;
const keptMax = 500;
/** Of one call. */
const namesMax = 10;

interface Kept {
  readonly value: string;
  readonly until: number;
}

export function openSecrets(client: SSMClient, prefix: string, clock: Clock): SecretStore {
  const kept = new Map<string, Kept>();
  return {
    async find(namespaces, name) {
      const paths = namespaces.map((namespace) => `${prefix}/${namespace}/${name}`);
      const key = paths[0] ?? '';
      const known = kept.get(key);
      if (known !== undefined && clock.now() < known.until) return known.value;
      kept.delete(key);
      const value = await firstOf(client, paths);
      // What is missing is asked for again: whoever adds it need not wait.
      if (value === undefined) return undefined;
      const [oldest] = kept.keys();
      if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
      kept.set(key, { value, until: clock.now() + keptMs });
      return value;
    },
  };
}

/** The text of one parameter; undefined where there is none. */
export function openParameter(client: SSMClient, path: string): () => Promise<string | undefined> {
  return () => firstOf(client, [path]);
}

async function firstOf(client: SSMClient, paths: readonly string[]): Promise<string | undefined> {
  for (let at = 0; at < paths.length; at += namesMax) {
    const asked = paths.slice(at, at + namesMax);
    const { Parameters = [] } = await client.send(
      new GetParametersCommand({ Names: asked, WithDecryption: true }),
    );
    const values = new Map(Parameters.map(({ Name, Value }) => [Name, Value]));
    for (const path of asked) {
      const value = values.get(path);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}
