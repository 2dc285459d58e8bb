/** Files between the internal store and a directory on disk. Names are paths below the directory. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ExpressionWrapper, TaskFailure, type Z } from '../define.ts';
import { globs } from './glob.ts';
import { inBatches } from './stored-file.ts';

/** What a directory may hold. */
const bounds = { files: 2_000, bytes: 100 * 1024 * 1024, nameCharacters: 500 } as const;

export interface FileThere {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly isExecutable: boolean;
}

/** All files at any depth, by name. Links are passed over, wherever they lead. */
export async function filesIn(directory: string): Promise<readonly FileThere[]> {
  const names: string[] = [];
  await collectNames(directory, '', names);
  const files = await inBatches(names.sort(), async (name) => {
    const path = join(directory, name);
    const { size: bytes, mode } = await stat(path);
    return { name, path, bytes, isExecutable: (mode & 0o100) !== 0 };
  });
  checkBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  return files;
}

async function collectNames(directory: string, below: string, into: string[]): Promise<void> {
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (name.length > bounds.nameCharacters) {
      throw tooMuch(`'${name.slice(0, 100)}…' is longer than ${bounds.nameCharacters} characters`);
    }
    if (entry.isDirectory()) await collectNames(directory, name, into);
    else if (entry.isFile() && into.push(name) > bounds.files) {
      throw tooMuch(`There are more than ${bounds.files} files in the directory`);
    }
  }
}

export function checkBytes(bytes: number): void {
  if (bytes > bounds.bytes) {
    throw tooMuch(`The files of the directory take more than ${bounds.bytes} bytes`);
  }
}

function tooMuch(message: string): TaskFailure {
  return new TaskFailure({ code: 'directory-too-large', message, retryable: false });
}

/** Replaces what is there. A name that would lead out of the directory is a failure. */
export async function writeInto(
  directory: string,
  name: string,
  bytes: Uint8Array,
  isExecutable = false,
): Promise<void> {
  const parts = name.split('/');
  if (parts.some((part) => /^\.*$|[\\\p{Cc}]/u.test(part)) || name.length > bounds.nameCharacters) {
    const message = `'${name.slice(0, 100)}' is no path below a directory, as 'folder/file.txt' is`;
    throw new TaskFailure({ code: 'file-name', message, retryable: false });
  }
  const path = join(directory, ...parts);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, { mode: isExecutable ? 0o755 : 0o644 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'EISDIR') throw error;
    const message = `'${name}' is in the way of another file, or of a folder`;
    throw new TaskFailure({ code: 'file-name', message, retryable: false });
  }
}

type ReadFile = (address: string) => Promise<Uint8Array>;

/** What `writeInputs` writes. */
export const inputFilesSchema = (z: Z, expression: ExpressionWrapper) =>
  expression(z.union([z.record(z.string(), z.unknown()), z.string()]))
    .optional()
    .describe('Contents or addresses of files by their paths: a map, or the JSON text of one.');

/**
 * `inputFiles`: contents or addresses by name, as a map or the JSON text of one. What is null is not
 * written; what is no text is written as JSON.
 */
export async function writeInputs(
  directory: string,
  inputs: unknown,
  readFile: ReadFile,
): Promise<void> {
  let bytes = 0;
  for (const [name, given] of Object.entries(namedInputs(inputs))) {
    if (given === null || given === undefined) continue;
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const content = isAddress(text) ? await readFile(text) : Buffer.from(text);
    bytes += content.length;
    checkBytes(bytes);
    await writeInto(directory, name, content);
  }
}

function isAddress(text: string): boolean {
  return /^(?:kestra|nsfile):\/\//.test(text);
}

function namedInputs(inputs: unknown): Readonly<Record<string, unknown>> {
  const given = typeof inputs === 'string' ? parsed(inputs) : inputs;
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Readonly<Record<string, unknown>>;
  }
  const message = 'Input files must be a map, or the JSON text of one';
  throw new TaskFailure({ code: 'input-files', message, retryable: false });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Said by whoever asked.
  }
}

export async function namesMatching(
  directory: string,
  patterns: readonly string[],
): Promise<readonly string[]> {
  const fits = globs(patterns);
  const files = await filesIn(directory);
  return files.map(({ name }) => name).filter(fits);
}

/** Stores the files that fit one of the globs, and returns their addresses by name. */
export async function storeMatching(
  directory: string,
  patterns: readonly string[],
  putFile: (name: string, bytes: Uint8Array) => Promise<string>,
): Promise<Record<string, string>> {
  const names = await namesMatching(directory, patterns);
  const stored = await inBatches(names, async (name, index) => {
    // Names that an address spells alike must not be one file.
    const isPlain = /^[\w./-]{1,200}$/.test(name);
    const bytes = await readFile(join(directory, name));
    return [name, await putFile(isPlain ? name : `=${index}/${name}`, bytes)] as const;
  });
  return Object.fromEntries(stored);
}
