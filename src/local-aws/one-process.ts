/**
 * One directory, one process. Two cannot share the database, and dynalite would end the second with a
 * bare crash, so a start first asks at the remembered port who is there.
 */
import { loopback } from './http.ts';

export const identityPath = '/_local-aws';

/** What a running local AWS says about itself. */
export interface Identity {
  readonly directory: string | undefined;
  readonly processId: number;
}

export async function refuseSecond(directory: string, port: number | undefined): Promise<void> {
  if (port === undefined) return;
  const found = await identityAt(`http://${loopback}:${port}${identityPath}`);
  if (found?.directory !== directory) return;
  throw new Error(
    `The local AWS of ${directory} is already running, in process ${String(found.processId)}.`,
  );
}

async function identityAt(
  url: string,
): Promise<{ directory?: unknown; processId?: unknown } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}
