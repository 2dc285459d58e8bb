/** Positions on the walk: how one is made from a baton, and how it changes on the way. */
import { assert } from './assert.ts';
import { type Baton, type Frame, type Head, headOfExecution, type Member } from './baton.ts';
import type { Cursor } from './effect.ts';
import type { Execution, Path } from './execution.ts';
import type { EndState } from './states.ts';
import { parentPath, type Place } from './tree.ts';

/** Inside the flowable around the baton's task run. */
export function cursorOf(baton: Baton, place: Place): Cursor {
  const { frames, live } = baton;
  return { head: headOf(baton), path: parentPath(place, baton.path), frames, live };
}

/** Where an execution that ends so stands, whatever it was doing. */
export function atEnd(execution: Execution, state: EndState): Cursor {
  return {
    head: headOfExecution(execution),
    path: '',
    frames: [{ worst: state }],
    live: new Map(),
  };
}

function headOf({ execution, flow, epoch, createdAt, chain, breakpoints }: Head): Head {
  return {
    execution,
    flow,
    epoch,
    createdAt,
    ...(chain && { chain }),
    ...(breakpoints && { breakpoints }),
  };
}

export function lastFrame(at: Cursor): Frame {
  const frame = at.frames.at(-1);
  assert(frame, 'a position has a frame for the root');
  return frame;
}

export function memberOf(at: Cursor): Member {
  const { member } = lastFrame(at);
  assert(member, 'this position is inside a member of a fan');
  return member;
}

export function iterationOf(at: Cursor): number | undefined {
  return lastFrame(at).member?.iteration;
}

export function within(at: Cursor, frame: Frame): Cursor {
  return { ...at, frames: [...at.frames.slice(0, -1), frame] };
}

export function below(at: Cursor, path: Path, frame: Frame): Cursor {
  return { ...at, path, frames: [...at.frames, frame] };
}
