/**
 * Where a flow may send requests: the one place that decides, asked before the first request and
 * before every redirect.
 */
import { TaskFailure } from '../define.ts';

export function checkDestination(url: URL): void {
  if (url.protocol === 'http:' || url.protocol === 'https:') return;
  throw new TaskFailure({
    code: 'http-destination',
    message: `"${url.href}" is not an http or https address.`,
    retryable: false,
  });
}
