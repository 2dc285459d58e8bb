/**
 * Directories on disk, and how they go from one task of a WorkingDirectory to the next.
 *
 * When an attempt ends, the files that are new go to the blob store under the digest of their bytes,
 * and a list of all files goes there under its own digest, which the task's slot names. Nothing that
 * a slot leads to is ever written again, so an attempt that comes late changes nothing for others.
 * The next task that asks for the directory looks back along the slots for the nearest list. So a
 * task that is tried again, by a retry or after a crash, begins with what the one before it left.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, BrokenInvariant } from '../engine/assert.ts';
import type { Path } from '../engine/execution.ts';
import { childPath, isInDirectory, listOf, parentPath } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import { checkBytes, filesIn, writeInto } from '../tasks/core/directory-files.ts';
import { inBatches } from '../tasks/core/stored-file.ts';
import { type SharedDirectory, TaskFailure } from '../tasks/define.ts';
import type { DirectoryOwner } from './attempt-directory.ts';
import { executionFolder } from './files.ts';
import type { Runtime } from './runtime.ts';

export interface OpenDirectory extends Pick<SharedDirectory, 'restore' | 'keep'> {
  readonly path: string;
  /** Key of the list of what is in it now; undefined where nobody comes after. */
  left(): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** `key` is the blob's, and ends with the digest of its bytes. */
interface Entry {
  readonly name: string;
  readonly key: string;
  readonly bytes: number;
  readonly isExecutable: boolean;
}

type Files = readonly Entry[];

export async function openDirectory(
  runtime: Runtime,
  owner: DirectoryOwner,
): Promise<OpenDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'baton-'));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    const before = await filesBefore(runtime, owner);
    const contents = await readAll(runtime, before);
    if (!contents) throw gone();
    await fill(path, before, contents);
    return new Opened(runtime, owner, path, before, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

class Opened implements OpenDirectory {
  readonly path: string;
  readonly remove: () => Promise<void>;
  readonly #runtime: Runtime;
  readonly #owner: DirectoryOwner;
  /** Keys of blobs by the digest of their bytes. */
  readonly #stored: Map<string, string>;

  constructor(
    runtime: Runtime,
    owner: DirectoryOwner,
    path: string,
    before: Files,
    remove: () => Promise<void>,
  ) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.path = path;
    this.remove = remove;
    this.#stored = new Map(before.map(({ key }) => [digestIn(key), key]));
  }

  async left(): Promise<string | undefined> {
    const { place } = this.#owner;
    const isShared = place.task.sharesDirectory === true || isInDirectory(place);
    return isShared ? this.#putList(await this.#files()) : undefined;
  }

  async restore(): Promise<void> {
    await this.#orWarn(async () => {
      const files = await this.#kept();
      const contents = files && (await readAll(this.#runtime, files));
      if (!files || !contents) return;
      await fill(this.path, files, contents);
    });
  }

  async keep(names: readonly string[], ttlMs: number | undefined): Promise<void> {
    await this.#orWarn(async () => {
      const wanted = new Set(names);
      const files = (await this.#files()).filter(({ name }) => wanted.has(name));
      if (isSame(files, await this.#kept())) return;
      const { keyValues, clock } = this.#runtime;
      const now = clock.now();
      const value = JSON.stringify(await this.#putList(files));
      const expiry = ttlMs === undefined ? {} : { expiresAt: now + ttlMs };
      const writer = this.#owner.baton.execution;
      const pair = { key: await this.#cacheKey(), value, type: 'FILES', writer, ...expiry };
      await keyValues.put(this.#cacheNamespace(), pair, now);
    });
  }

  /** All files as they are now; the bytes of each are in the store. */
  async #files(): Promise<Files> {
    return inBatches(await filesIn(this.path), async ({ name, path, bytes, isExecutable }) => {
      const key = await this.#put(await readFile(path));
      return { name, key, bytes, isExecutable };
    });
  }

  async #putList(files: Files): Promise<string> {
    return this.#put(Buffer.from(JSON.stringify(files)));
  }

  async #put(content: Uint8Array): Promise<string> {
    const digest = createHash('sha256').update(content).digest('hex');
    const known = this.#stored.get(digest);
    if (known !== undefined) return known;
    const { flow, baton } = this.#owner;
    const key = `${executionFolder(flow, baton.execution)}/directories/${digest}`;
    await this.#runtime.blobs.put(key, content);
    this.#stored.set(digest, key);
    return key;
  }

  /** The files that were kept last. They lie with the execution that kept them, and go with it. */
  async #kept(): Promise<Files | undefined> {
    const { keyValues, clock } = this.#runtime;
    const key = await this.#cacheKey();
    const pair = await keyValues.get(this.#cacheNamespace(), key, clock.now());
    return typeof pair?.value === 'string'
      ? readList(this.#runtime, JSON.parse(pair.value) as string)
      : undefined;
  }

  /** No flow can name such a namespace. */
  #cacheNamespace(): string {
    return `${this.#owner.flow.namespace}/directory-cache`;
  }

  async #cacheKey(): Promise<string> {
    const { flow, place, loopValue } = this.#owner;
    const told = [flow.id, place.task.id, (await loopValue()) ?? null];
    return createHash('sha256').update(JSON.stringify(told)).digest('hex');
  }

  /** Whatever goes wrong with a cache, the tasks run as if there were none. */
  async #orWarn(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof BrokenInvariant) throw error;
      this.#owner.log('WARN', `The cache of the directory cannot be used: ${String(error)}`);
    }
  }
}

async function filesBefore(runtime: Runtime, owner: DirectoryOwner): Promise<Files> {
  for (const path of pathsBefore(owner)) {
    const slot = await settle(() => owner.records.slot(path));
    if (slot?.directory === undefined) continue;
    const files = await readList(runtime, slot.directory);
    if (!files) throw gone();
    return files;
  }
  return [];
}

/** Task runs that may have left the directory as this one is to find it, the latest first. */
function* pathsBefore({ flow, baton, place }: DirectoryOwner): Iterable<Path> {
  // An attempt that looks again goes on with what it had.
  if (baton.since !== undefined) yield baton.path;
  const isAsked = baton.asked !== undefined && place.task.sharesDirectory === true;
  if (!isAsked && !isInDirectory(place)) return;
  const shared = isAsked ? baton.path : parentPath(place, baton.path);
  const tasks = listOf(flow, isAsked ? place : place.parent, 'tasks');
  const before = isAsked ? tasks : tasks.slice(0, place.index);
  for (const { id } of before.toReversed()) yield childPath(shared, undefined, 'tasks', id);
  yield shared;
}

async function readList({ blobs }: Runtime, key: string): Promise<Files | undefined> {
  const bytes = await blobs.get(key);
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Files);
}

/** Undefined where one is not there any more. */
async function readAll(
  { blobs }: Runtime,
  files: Files,
): Promise<readonly Uint8Array[] | undefined> {
  checkBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const contents = await inBatches(files, ({ key }) => blobs.get(key));
  const found = contents.filter((content) => content !== undefined);
  return found.length === contents.length ? found : undefined;
}

async function fill(path: string, files: Files, contents: readonly Uint8Array[]): Promise<void> {
  for (const [index, { name, isExecutable }] of files.entries()) {
    const content = contents[index];
    assert(content, 'every file has been read');
    await writeInto(path, name, content, isExecutable);
  }
}

function gone(): TaskFailure {
  const message = 'Files of the working directory have been deleted';
  return new TaskFailure({ code: 'file-missing', message, retryable: false });
}

function isSame(files: Files, others: Files | undefined): boolean {
  const told = (list: Files) => list.map(({ name, key }) => [name, digestIn(key)]);
  return others !== undefined && JSON.stringify(told(files)) === JSON.stringify(told(others));
}

function digestIn(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
