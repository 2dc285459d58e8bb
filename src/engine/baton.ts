/**
 * The baton: one message. Holding it is the permission to run exactly one task.
 *
 * It says where it is and what the way back up needs: a frame per flowable around it, from the root
 * down. Its live values are a cache (B7): dropping any of them costs a read and changes nothing.
 * On the wire it is two lines, a JSON head and the live values, so that integers and doubles of the
 * values stay apart while the head is read by the fast built-in parser.
 */
import { readJson, writeJson } from '../expression/json.ts';
import { isMap, type Value } from '../expression/value.ts';
import type { Attempt, Execution, ExecutionId, Path } from './execution.ts';
import type { FlowKey } from './flow.ts';
import { limits } from './limits.ts';
import { type EndState, isState } from './states.ts';

/** The same for all batons of an execution in one epoch. */
export interface Head {
  readonly execution: ExecutionId;
  readonly flow: FlowKey;
  readonly epoch: number;
  /** When the execution was created. */
  readonly createdAt: number;
  /** Retries that make a new execution: which one this is, and when the first was created. */
  readonly chain?: { readonly number: number; readonly since: number };
  /** Task ids, or `id.value`, before which a debugger wants it to stop. */
  readonly breakpoints?: readonly string[];
}

export function headOfExecution(execution: Execution): Head {
  const { id, flow, epoch, createdAt, chain, breakpoints } = execution;
  return {
    execution: id,
    flow,
    epoch,
    createdAt,
    ...(chain && { chain }),
    ...(breakpoints && breakpoints.length > 0 && { breakpoints }),
  };
}

/** How far the list being run in one flowable has come. */
export interface Frame {
  /** Worst outcome so far in this list. */
  readonly worst: EndState;
  /** How the flowable's own tasks ended, once its `errors` or `finally` run. */
  readonly outcome?: EndState;
  /** Which member of the fan this is; absent in a sequence and in `errors` and `finally`. */
  readonly member?: Member;
}

export interface Member {
  readonly index: number;
  readonly of: number;
  /** 0: no limit. 1: members one after the other. */
  readonly limit: number;
  /**
   * 'value': the whole branch for one value; 'round': once more. Otherwise one task of the branch:
   * 'task' side by side with the others, 'node' of a graph, 'cell': for one value.
   */
  readonly each: 'task' | 'node' | 'value' | 'cell' | 'round';
  /** In a loop: which value or round, counted from 0. */
  readonly iteration?: number;
  /** The loop value, unless it is long: then it is in the loop's slot. */
  readonly value?: string;
  /** Which of the `limit` places works on it. */
  readonly place?: number;
}

/** Values that travel: `inputs`, `labels`, `trigger`, and `outputs` by path. */
export type Live = ReadonlyMap<string, Value>;

const noLive: Live = new Map();

export interface Baton extends Head {
  readonly path: Path;
  readonly turn: number;
  /** 1 for the first; the number of the attempt this baton permits. */
  readonly attempt: number;
  readonly frames: readonly Frame[];
  readonly live: Live;
  /** Attempts made before, as the slot keeps them. */
  readonly attempts?: readonly Attempt[];
  /** The attempt is under way since then: its task asked to be run again later. */
  readonly since?: number;
  /** It was paused then. */
  readonly pausedAt?: number;
  /** The members of the flowable at `path` ended so: it says what comes next. */
  readonly asked?: EndState;
  /** Of a flowable that runs its tasks again and again: which time, from 0. */
  readonly round?: number;
  /** Instead of running a task: start these members (from, to) of the fan opened at `path`. */
  readonly range?: readonly [number, number];
}

/** Leaves out live values, the largest first, until the rest fits (B7). */
export function writeBaton(baton: Baton): string {
  const { live, ...head } = baton;
  const headText = JSON.stringify(head);
  if (live.size === 0) return headText;
  const text = hasTooLong(live) ? undefined : writeJson(live);
  if (text !== undefined && isWithin(text, limits.liveBytesMax)) return `${headText}\n${text}`;
  const fitting = fit(live, limits.liveBytesMax);
  return fitting.size === 0 ? headText : `${headText}\n${writeJson(fitting)}`;
}

/** A text that cannot fit is not written out to see it. */
function isTooLong(value: Value): boolean {
  return typeof value === 'string' && value.length > limits.liveBytesMax;
}

function hasTooLong(live: Live): boolean {
  for (const values of live.values()) {
    if (isMap(values) && [...values.values()].some(isTooLong)) return true;
  }
  return false;
}

function fit(live: Live, bytesMax: number): Live {
  const entries: { root: string; key: string; value: Value; bytes: number }[] = [];
  for (const [root, values] of live) {
    if (!(values instanceof Map)) continue;
    for (const [key, value] of values as ReadonlyMap<string, Value>) {
      if (isTooLong(value)) continue;
      entries.push({ root, key, value, bytes: bytesOf(writeJson(value)) + bytesOf(key) + 8 });
    }
  }
  entries.sort((a, b) => a.bytes - b.bytes);
  const kept = new Map<string, Map<string, Value>>();
  let room = bytesMax;
  for (const { root, key, value, bytes } of entries) {
    room -= bytes;
    if (room < 0) break;
    const values = kept.get(root) ?? new Map<string, Value>();
    kept.set(root, values.set(key, value));
  }
  return kept;
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** UTF-8 takes at most three bytes per UTF-16 unit, so most texts need not be encoded to know. */
function isWithin(text: string, bytesMax: number): boolean {
  return text.length * 3 <= bytesMax || bytesOf(text) <= bytesMax;
}

/** A message that is no baton: whoever gets it can only report it. */
export class UnreadableBaton extends Error {
  override readonly name = 'UnreadableBaton';
}

export function readBaton(text: string): Baton {
  try {
    const end = text.indexOf('\n');
    const head = JSON.parse(end < 0 ? text : text.slice(0, end)) as Omit<Baton, 'live'>;
    const fault = faultOf(head);
    if (fault !== undefined) throw new TypeError(fault);
    const live = end < 0 ? noLive : readJson(text.slice(end + 1));
    if (!(live instanceof Map)) throw new TypeError('its values have no names');
    return { ...head, live: live as Live };
  } catch (error) {
    throw new UnreadableBaton(`A message cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** What is wrong with a head: written by another version, or by something else. */
function faultOf(head: Partial<Record<keyof Baton, unknown>> | null): string | undefined {
  if (typeof head !== 'object' || head === null || Array.isArray(head)) return 'it is no object';
  for (const name of ['execution', 'path'] as const) {
    if (typeof head[name] !== 'string' || head[name] === '') return `it has no ${name}`;
  }
  for (const name of ['epoch', 'turn', 'attempt'] as const) {
    if (!isCount(head[name], 1)) return `its ${name} is no count`;
  }
  for (const name of ['createdAt', 'since', 'pausedAt', 'round'] as const) {
    const isOptional = name !== 'createdAt' && head[name] === undefined;
    if (!isOptional && !isCount(head[name], 0)) return `its ${name} is no number`;
  }
  const { namespace, id, revision } = (head.flow ?? {}) as Partial<Record<keyof FlowKey, unknown>>;
  if (typeof namespace !== 'string' || typeof id !== 'string' || !isCount(revision, 1)) {
    return 'it names no flow';
  }
  const { frames, range, attempts = [] } = head;
  if (!Array.isArray(frames) || !frames.every((frame) => isState(frame?.worst))) {
    return 'it has no frames';
  }
  if (!Array.isArray(attempts)) return 'its attempts are no list';
  return range === undefined || isRange(range) ? undefined : 'its range is none';
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function isRange(range: unknown): boolean {
  if (!Array.isArray(range) || range.length !== 2) return false;
  const [from, to]: unknown[] = range;
  return isCount(from, 0) && isCount(to, from);
}

/** Equal for equal work: what a message is called. */
export function batonKey(baton: Baton): string {
  const range = baton.range ? `:${baton.range[0]}-${baton.range[1]}` : '';
  return `${baton.execution}:${baton.path}:${baton.epoch}:${baton.turn}${range}`;
}
