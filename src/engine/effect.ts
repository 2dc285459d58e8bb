/** What goes into `decide` and what comes out of it, as plain data (B9). */
import type { Baton, Frame, Head, Live } from './baton.ts';
import type { Path, Slot } from './execution.ts';
import type { Fan, Lane } from './flow.ts';
import type { JoinStep } from './join.ts';
import type { Claim, JoinKey } from './ports.ts';
import type { EndState } from './states.ts';

export type Event =
  /** The execution has been created. */
  | { readonly type: 'begin'; readonly head: Head; readonly live: Live }
  /** The execution has ended; the flow has tasks for afterwards. */
  | { readonly type: 'after'; readonly head: Head; readonly live: Live }
  /** This record stands for the baton's task run; `live` includes its outputs. */
  | { readonly type: 'done'; readonly baton: Baton; readonly slot: Slot; readonly fan?: Fan }
  /** A baton with a range arrived; `fan` is how its flowable opened. */
  | { readonly type: 'spread'; readonly baton: Baton; readonly fan: Fan }
  | {
      readonly type: 'joined';
      readonly at: Cursor;
      readonly step: JoinStep;
      readonly members: readonly string[];
    }
  | { readonly type: 'claimed'; readonly at: Cursor; readonly member: number | undefined };

export type Effect =
  | {
      readonly type: 'send';
      readonly baton: Baton;
      readonly lane: Lane;
      readonly notBefore?: number;
    }
  /** Add to a join set, then decide 'joined' with the set. */
  | { readonly type: 'join'; readonly at: Cursor; readonly step: JoinStep; readonly key: JoinKey }
  /** Ask for the place's next member, then decide 'claimed' with the answer. */
  | { readonly type: 'claim'; readonly at: Cursor; readonly claim: Claim }
  | { readonly type: 'end'; readonly at: Cursor; readonly state: EndState }
  /** The tasks for afterwards have ended as well. */
  | { readonly type: 'close'; readonly at: Cursor };

/** A position on the walk: inside the flowable at `path` (the root: empty), whose frame is the last. */
export interface Cursor {
  readonly head: Head;
  readonly path: Path;
  readonly frames: readonly Frame[];
  readonly live: Live;
}

/** What is known beside the event. */
export interface View {
  /** Values of an opened loop, where they are at hand; without them the next step reads them. */
  values(path: Path): readonly string[] | undefined;
  /** The end that somebody gave a flowable which has no record otherwise. */
  marked?(path: Path): EndState | undefined;
  /** Told what the walk passes, for those who want to know the states of flowables. */
  readonly watch?: {
    opened(path: Path): void;
    ended(path: Path, state: EndState): void;
  };
}

export const noView: View = { values: () => undefined };
