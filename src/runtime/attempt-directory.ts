/** The directory of one attempt. What makes it is loaded when a task asks for it. */
import type { Baton } from '../engine/baton.ts';
import type { Flow } from '../engine/flow.ts';
import type { Place } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import type { SharedDirectory } from '../tasks/define.ts';
import type { Records } from './records.ts';
import type { Runtime } from './runtime.ts';
import type { Log } from './task-context.ts';
import type { OpenDirectory } from './working-directory.ts';

/** Whose directory it is. */
export interface DirectoryOwner {
  readonly flow: Flow;
  readonly baton: Baton;
  readonly records: Records;
  readonly place: Place;
  readonly log: Log;
  loopValue(): Promise<string | undefined>;
}

export interface AttemptDirectory extends SharedDirectory {
  /** What a slot says of it: `Slot.directory`. Undefined where nothing is shared, or nothing was touched. */
  left(): Promise<string | undefined>;
  remove(): Promise<void>;
}

export function attemptDirectory(runtime: Runtime, owner: DirectoryOwner): AttemptDirectory {
  const { baton, records, place } = owner;
  let opening: Promise<OpenDirectory> | undefined;
  const open = () => {
    opening ??= import('./working-directory.ts').then((code) => code.openDirectory(runtime, owner));
    return opening;
  };
  return {
    path: async () => (await open()).path,
    restore: async () => (await open()).restore(),
    keep: async (names, ttlMs) => (await open()).keep(names, ttlMs),
    left: async () => {
      const isAsked = baton.asked !== undefined && place.task.sharesDirectory === true;
      // What its first task begins with, should that run again.
      if (isAsked) return settle(() => records.slot(baton.path)?.directory);
      return opening && (await opening).left();
    },
    remove: async () => {
      // One that could not be opened is gone already.
      await opening?.then(
        (directory) => directory.remove(),
        () => undefined,
      );
    },
  };
}
