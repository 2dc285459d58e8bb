/** `kestra://` addresses of files in the internal store, and the store's own names for them. */

const scheme = 'kestra:///';

export function fileAddress(stored: string): string {
  return `${scheme}${stored}`;
}

export function fileKey(address: string): string {
  return address.startsWith(scheme) ? address.slice(scheme.length) : address;
}
