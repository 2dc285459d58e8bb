/** Counts the requests that leave this process, below the SDK: by AWS operation. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const channel = 'http.client.request.start';

export async function countRequests(
  during: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const onRequest = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    const target = request.getHeader('x-amz-target');
    const name = typeof target === 'string' ? (target.split('.')[1] ?? target) : request.method;
    counts[name] = (counts[name] ?? 0) + 1;
  };
  subscribe(channel, onRequest);
  try {
    await during();
  } finally {
    unsubscribe(channel, onRequest);
  }
  return counts;
}
