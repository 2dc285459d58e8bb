/**
 * The input values of a case: JSON, in which single values stand for what JSON cannot hold (a file,
 * a stored file, a long text, a name no other case uses, a moment from now).
 */
import { basename } from 'node:path';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { fileAddress } from '../../src/runtime/files.ts';
import type { Facts, Folder } from './cases.ts';
import { isMatcher } from './matchers.ts';
import type { Lookup } from './references.ts';

export interface InputWorld {
  readonly folder: Folder;
  readonly runtime: Runtime;
  readonly lookup: Lookup;
  /** Makes `$uniqueName` the same throughout a case and different elsewhere. */
  readonly caseId: string;
  readonly now: number;
}

export async function readInputs(
  inputs: Facts,
  world: InputWorld,
): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(inputs)) read[name] = await readValue(value, world);
  return read;
}

type Reader = (argument: unknown, world: InputWorld) => unknown;

const readers: Readonly<Record<string, Reader>> = {
  $file: (path, world) => fixture(String(path), world),
  $upload: (path, world) => fixture(String(path), world),
  $fileContent: (path, { folder }) => folder.readText(String(path)),
  // Stored under an address of the store's own: the one in the case belongs to another store.
  $storage: async (path, { folder, runtime, caseId }) => {
    const bytes = await folder.read(String(path));
    const key = `io/kestra/tests/stored/executions/${caseId}/inputs/file/${basename(String(path))}`;
    return fileAddress(await runtime.blobs.put(key, bytes));
  },
  $repeat: (argument) => {
    const [text, count] = argument as [string, number];
    return text.repeat(count);
  },
  $uniqueName: (name, { caseId }) => `${String(name)}-${caseId}`,
  $nowPlusMs: (ms, { now }) => new Date(now + Number(ms)).toISOString(),
  $ref: (path, { lookup }) => lookup(String(path)),
};

async function readValue(value: unknown, world: InputWorld): Promise<unknown> {
  if (isMatcher(value) || isStorage(value)) {
    const [name = '', argument] = Object.entries(value)[0] ?? [];
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) throw new Error(`${name} is not an input value`);
    return read(argument, world);
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => readValue(item, world)));
  if (typeof value === 'object' && value !== null) return readInputs(value as Facts, world);
  return value;
}

/** `$storage` stands beside the address it had in the store it was recorded from. */
function isStorage(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && '$storage' in value;
}

async function fixture(path: string, { folder }: InputWorld): Promise<File> {
  return new File([Uint8Array.from(await folder.read(path))], basename(path));
}
