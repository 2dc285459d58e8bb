/**
 * Where a flow may send requests: the one place that decides, asked before the first request and
 * before every redirect.
 */
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { TaskFailure } from '../define.ts';
import { bareHost, checkedLookup, isRuntimeApi, refusedKind } from '../network.ts';

/**
 * Refuses the address as it stands there, and gives the look-up that refuses what a name leads to.
 * The URL parser has already written odd forms (2852039166, 0xa9.254.1) as plain IPv4.
 */
export function checkDestination(url: URL, allowed: readonly string[] = []): LookupFunction {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refusal(`"${url.protocol}//…" is not an http or https address.`);
  }
  const check = (address: string): TaskFailure | undefined => {
    if (isRuntimeApi(url, address)) {
      return refusal(`"${url.origin}" is the API of the function's runtime.`);
    }
    const kind = refusedKind(address, allowed);
    if (kind === undefined) return undefined;
    const leads = address === bareHost(url) ? 'is' : `leads to ${address},`;
    return refusal(`"${url.origin}" ${leads} ${kind}, which flows may not reach here.`);
  };
  const host = bareHost(url);
  const refused = isIP(host) === 0 ? undefined : check(host);
  if (refused) throw refused;
  return checkedLookup(check);
}

function refusal(message: string): TaskFailure {
  return new TaskFailure({ code: 'http-destination', message, retryable: false });
}
