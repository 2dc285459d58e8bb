/**
 * Refuses addresses of the link-local range, where cloud machines and containers find their own
 * credentials: an endpoint there would hand them to whoever wrote the flow.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { TaskFailure } from '../define.ts';

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// The instance metadata service over IPv6.
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

/** Checks the host as written and every address it resolves to. */
export async function refuseLinkLocal(endpoint: string, property: string): Promise<void> {
  const host = hostOf(endpoint, property);
  for (const address of await addressesOf(host)) {
    // An IPv4 address mapped into IPv6 is matched by the IPv4 rule.
    if (linkLocal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) {
      throw refused(`${property} "${endpoint}" is a link-local address, which is not allowed.`);
    }
  }
}

function hostOf(endpoint: string, property: string): string {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refused(`${property} "${endpoint}" is not an http or https address.`);
  }
  // The URL parser has already written odd forms (2852039166, 0xa9.254.1) as plain IPv4.
  return url.hostname.replace(/^\[|\]$/g, '');
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // A name without an address fails soon enough in the call itself, with a better message.
    return [];
  }
}

function refused(message: string): TaskFailure {
  return new TaskFailure({ code: 'endpoint-refused', message, retryable: false });
}
