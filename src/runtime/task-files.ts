/** Files as a running task reads, writes and deletes them. */
import type { Baton } from '../engine/baton.ts';
import type { Flow } from '../engine/flow.ts';
import type { BlobStore } from '../engine/ports.ts';
import { taskIdOf } from '../engine/tree.ts';
import { type TaskContext, TaskFailure } from '../tasks/define.ts';
import { executionFolder, fileAddress, fileKey, isInNamespace, safeFilePath } from './files.ts';
import { taskRunId } from './task-run-id.ts';

type TaskFiles = Pick<TaskContext, 'putFile' | 'getFile' | 'fileSize' | 'deleteFile'>;

export function taskFiles(blobs: BlobStore, flow: Flow, baton: Baton): TaskFiles {
  const keyOf = (address: string): string => {
    const key = fileKey(address, flow.namespace);
    if (key !== undefined) return key;
    throw refused('file-address', `"${address}" is no address of a stored file`);
  };
  return {
    async putFile(name, bytes) {
      const key = `${folderOf(flow, baton)}/${safeFilePath(name)}`;
      await blobs.put(key, bytes);
      return fileAddress(key);
    },
    async getFile(address) {
      const bytes = await blobs.get(keyOf(address));
      if (bytes) return bytes;
      throw new TaskFailure({ code: 'file-missing', message: `There is no file ${address}` });
    },
    fileSize: async (address) => blobs.size(keyOf(address)),
    async deleteFile(address) {
      const key = keyOf(address);
      if (!isInNamespace(key, flow.namespace)) {
        throw refused('file-foreign', `${address} belongs to another namespace`);
      }
      if ((await blobs.size(key)) === undefined) return false;
      await blobs.delete(key);
      return true;
    },
  };
}

/** Whoever runs it again must not change what others have been told of: it has a folder of its own. */
function folderOf(flow: Flow, { execution, path, epoch, turn }: Baton): string {
  const run = `tasks/${slug(taskIdOf(path))}/${taskRunId(execution, path)}`;
  const folder = `${executionFolder(flow, execution)}/${run}`;
  return epoch === 1 && turn === 1 ? folder : `${folder}/${epoch}.${turn}`;
}

/** As the reference engine writes a task's id in an address. */
function slug(id: string): string {
  return id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function refused(code: string, message: string): TaskFailure {
  return new TaskFailure({ code, message, retryable: false });
}
