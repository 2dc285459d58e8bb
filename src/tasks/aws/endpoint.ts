/**
 * Addresses that a flow gives in place of those of AWS: refused where they lead to the engine's own
 * credentials or to a network that flows may not reach, by the address that is connected to.
 */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isIP } from 'node:net';
import { TaskFailure } from '../define.ts';
import { bareHost, checkedLookup, isRuntimeApi, refusedKind } from '../network.ts';
import type { ClientSettings } from './client-settings.ts';

/** What connects to the endpoint and to no refused address. */
export function checkedHandler(
  endpoint: string,
  property: string,
  allowed: readonly string[] = [],
): NonNullable<ClientSettings['requestHandler']> {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refusal(`${property} "${endpoint}" is not an http or https address.`);
  }
  const host = bareHost(url);
  const check = (address: string): TaskFailure | undefined => {
    if (isRuntimeApi(url, address)) {
      return refusal(`${property} is the API of the function's runtime.`);
    }
    const kind = refusedKind(address, allowed);
    if (kind === undefined) return undefined;
    return refusal(`${property} "${url.origin}" leads to ${kind}, which flows may not reach here.`);
  };
  const refused = isIP(host) === 0 ? undefined : check(host);
  if (refused) throw refused;
  const options = { lookup: checkedLookup(check), keepAlive: true };
  return { httpAgent: new Agent(options), httpsAgent: new SecureAgent(options) };
}

function refusal(message: string): TaskFailure {
  return new TaskFailure({ code: 'endpoint-refused', message, retryable: false });
}
