/**
 * Files of the internal store and their addresses, in Kestra's layout:
 *
 * - `kestra:///<namespace>/<flow>/executions/<execution>/tasks/<task>/<task run>/<name>`
 * - `kestra:///<namespace>/<flow>/executions/<execution>/inputs/<input>/<name>`
 * - `kestra:///<namespace>/_files/<path>`, also written `nsfile:///<path>`: a file of a namespace
 *
 * where dots of a namespace are slashes. Below the scheme an address is the key in the blob store;
 * the key of a file of a namespace, which is kept for good, has `keptBlobs` in front.
 * Addresses come from anywhere, so one that is not of this form, or has segments that lead elsewhere,
 * is none: no expression and no task reaches other values of the store with it.
 */
import type { FlowKey } from '../engine/flow.ts';
import { keptBlobs } from '../engine/ports.ts';

const scheme = 'kestra:///';
const namespaceScheme = 'nsfile://';
const addressCharactersMax = 1_024;
const nameCharactersMax = 200;

const ofExecution = /^(?:(?!_files\/)[^/]+\/)+executions\/[^/]+\/(?:tasks|inputs)\/[^/]+\/.+$/;
const ofNamespace = /^(?:[^/]+\/)+_files\/.+$/;

/** Where files of one execution lie. */
export function executionFolder(
  flow: Pick<FlowKey, 'namespace' | 'id'>,
  execution: string,
): string {
  return `${namespaceFolder(flow.namespace)}/${flow.id}/executions/${execution}`;
}

function namespaceFolder(namespace: string): string {
  return namespace.replaceAll('.', '/');
}

export function fileAddress(key: string): string {
  return `${scheme}${key.startsWith(keptBlobs) ? key.slice(keptBlobs.length) : key}`;
}

/** The key behind an address, or undefined where it is none. `namespace` is that of the flow. */
export function fileKey(address: string, namespace: string): string | undefined {
  if (address.length > addressCharactersMax) return undefined;
  if (address.startsWith(namespaceScheme)) {
    const [, of = '', path = ''] = /^nsfile:\/\/([^/]*)\/(.*)$/s.exec(address) ?? [];
    return namespaceFileKey(path, of === '' ? namespace : of);
  }
  if (!address.startsWith(scheme)) return undefined;
  const key = address.slice(scheme.length);
  if (!leadsNowhereElse(key)) return undefined;
  if (ofExecution.test(key)) return key;
  return ofNamespace.test(key) ? `${keptBlobs}${key}` : undefined;
}

/** The key of a file of a namespace, by its path there. */
export function namespaceFileKey(path: string, namespace: string): string | undefined {
  const key = `${namespaceFolder(namespace)}/_files/${path.replace(/^\//, '')}`;
  return leadsNowhereElse(key) && ofNamespace.test(key) ? `${keptBlobs}${key}` : undefined;
}

function leadsNowhereElse(key: string): boolean {
  return key.split('/').every((part) => part !== '' && !/^\.+$|[\\\p{Cc}]/u.test(part));
}

export function isNamespaceFile(key: string): boolean {
  return key.startsWith(keptBlobs);
}

/** Whether a file belongs to an execution of the namespace, or to the namespace itself. */
export function isInNamespace(key: string, namespace: string): boolean {
  const folder = `${namespaceFolder(namespace)}/`;
  if (isNamespaceFile(key)) return key.startsWith(`${keptBlobs}${folder}_files/`);
  return key.startsWith(folder) && key.slice(folder.length).split('/')[1] === 'executions';
}

/** The same for a file below folders. */
export function safeFilePath(path: string): string {
  return path.split('/').map(safeFileName).join('/');
}

/** What a flow or a server calls a file, as the last part of an address. */
export function safeFileName(name: string): string {
  const safe = name.replaceAll(/[^\p{L}\p{N}._()+=@,-]+/gu, '_').slice(-nameCharactersMax);
  return /^\.*$/.test(safe) ? `_${safe}` : safe;
}
