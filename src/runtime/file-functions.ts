/**
 * `read`, `fileSize`, `isFileEmpty`, `fileExists`, `fileURI`: files of the internal store and of
 * namespaces, in expressions.
 *
 * A path is a file of the flow's own namespace, or of the one that is named; an address is a file of
 * an execution of the namespace, or of the execution that started this one.
 */
import type { BlobStore } from '../engine/ports.ts';
import { ExpressionError } from '../expression/error.ts';
import { Pending } from '../expression/pending.ts';
import type { ValueMap } from '../expression/value.ts';
import {
  executionFolder,
  fileAddress,
  fileKey,
  isInNamespace,
  isNamespaceFile,
  namespaceFileKey,
} from './files.ts';
import { type Answer, type HostPlace, optionalText, textOf } from './host-answer.ts';

type FileFunctionName = 'read' | 'fileSize' | 'isFileEmpty' | 'fileExists' | 'fileURI';

/** What was loaded stays for the rounds of a render. */
export function fileFunctions(
  blobs: BlobStore,
  place: HostPlace,
): Readonly<Record<FileFunctionName, Answer>> {
  const texts = new Map<string, string>();
  const sizes = new Map<string, number | undefined>();
  const sizeOf = (args: ValueMap): number | undefined => {
    const key = keyOf(args, place);
    if (sizes.has(key)) return sizes.get(key);
    throw new Pending(`file size:${key}`, async () => {
      sizes.set(key, await blobs.size(key));
    });
  };
  const sizeOfExisting = (args: ValueMap): number => {
    const size = sizeOf(args);
    if (size === undefined) throw missing(textOf(args, 'path'));
    return size;
  };
  const read = (args: ValueMap): string => {
    const key = keyOf(args, place);
    const known = texts.get(key);
    if (known !== undefined) return known;
    throw new Pending(`file:${key}`, async () => {
      const bytes = await blobs.get(key);
      if (!bytes) throw missing(textOf(args, 'path'));
      texts.set(key, new TextDecoder().decode(bytes));
    });
  };
  return {
    read,
    fileSize: (args) => BigInt(sizeOfExisting(args)),
    isFileEmpty: (args) => sizeOfExisting(args) === 0,
    fileExists: (args) => sizeOf(args) !== undefined,
    fileURI: (args) => fileAddress(namespaceKey(args, place)),
  };
}

function keyOf(args: ValueMap, place: HostPlace): string {
  const path = textOf(args, 'path');
  if (!/^[a-z]+:\/\//i.test(path)) return namespaceKey(args, place);
  const key = fileKey(path, optionalText(args, 'namespace') ?? place.namespace);
  if (key === undefined) throw wrongPath(path, 'is no address of a stored file');
  if (isNamespaceFile(key) || isInNamespace(key, place.namespace)) return key;
  if (key.startsWith(`${folderOfStarter(place)}/`)) return key;
  const message = `Unable to read the file '${path}' as it didn't belong to the current execution`;
  throw new ExpressionError('host', message, { subject: path });
}

function namespaceKey(args: ValueMap, place: HostPlace): string {
  const path = textOf(args, 'path');
  // There is one version of each file.
  if ((args.get('version') ?? null) !== null) {
    throw new ExpressionError('argument', "'version' is not supported: files have no versions");
  }
  const key = namespaceFileKey(path, optionalText(args, 'namespace') ?? place.namespace);
  if (key === undefined) throw wrongPath(path, 'leads out of the namespace');
  return key;
}

/** An execution that was started by another may read what that one was given and has made. */
function folderOfStarter({ execution }: HostPlace): string | undefined {
  const trigger = execution?.records.root('trigger', (header) => header.trigger);
  const [namespace, id, started] = ['namespace', 'flowId', 'executionId'].map((name) =>
    trigger?.get(name),
  );
  if (typeof namespace !== 'string' || typeof id !== 'string' || typeof started !== 'string') {
    return undefined;
  }
  return executionFolder({ namespace, id }, started);
}

function missing(path: string): ExpressionError {
  return new ExpressionError('host', `There is no file ${path}`, { subject: path });
}

function wrongPath(path: string, what: string): ExpressionError {
  return new ExpressionError('argument', `'${path}' ${what}`, { subject: path });
}
