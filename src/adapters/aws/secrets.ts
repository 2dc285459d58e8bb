/**
 * Secrets of namespaces, at `<prefix>/<namespace>/<NAME>`: from SSM Parameter Store, whose standard
 * SecureStrings cost nothing at rest, or from Secrets Manager, which bills each secret by the month
 * and rotates it. What was found is kept by this process for five minutes, so a changed secret counts
 * within that time everywhere.
 */
import type { Clock, SecretStore } from '../../engine/ports.ts';

const keptMs = 5 * 60_000;
const keptMax = 500;

/** The text at the first of these paths that is there. */
export type FirstOf = (paths: readonly string[]) => Promise<string | undefined>;

interface Kept {
  readonly value: string;
  readonly until: number;
}

export interface SecretsOptions {
  readonly prefix: string;
  /** `secrets-manager`; anything else is Parameter Store. */
  readonly source: string | undefined;
  readonly clock: Clock;
  /** Of the client of a service. */
  readonly settings: (service: 'ssm' | 'secretsmanager') => object;
}

export async function openSecrets(options: SecretsOptions): Promise<SecretStore> {
  const { prefix, clock, settings } = options;
  const firstOf =
    options.source === 'secrets-manager'
      ? (await import('./secrets-manager.ts')).openSecretsManager(settings('secretsmanager'))
      : (await import('./parameter-store.ts')).openParameters(settings('ssm'));
  const kept = new Map<string, Kept>();
  return {
    async find(namespaces, name) {
      const paths = namespaces.map((namespace) => `${prefix}/${namespace}/${name}`);
      const key = paths[0] ?? '';
      const known = kept.get(key);
      if (known !== undefined && clock.now() < known.until) return known.value;
      kept.delete(key);
      const value = await firstOf(paths);
      // What is missing is asked for again: whoever adds it need not wait.
      if (value === undefined) return undefined;
      const [oldest] = kept.keys();
      if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
      kept.set(key, { value, until: clock.now() + keptMs });
      return value;
    },
  };
}
