/** What travels: the values that a task, or anything that may run after it, can refer to (B7). */
import { describe, expect, test } from 'vitest';
import { type Baton, readBaton, UnreadableBaton, writeBaton } from '../../src/engine/baton.ts';
import type { Flow, Read } from '../../src/engine/flow.ts';
import { limits } from '../../src/engine/limits.ts';
import { keepNeeded } from '../../src/engine/live.ts';
import { placeOfTask } from '../../src/engine/tree.ts';
import { fromPlain, toPlain, type Value } from '../../src/expression/value.ts';
import { flowOf, loop, sequence, task } from './flows.ts';

const values = new Map<string, Value>([
  ['inputs', fromPlain({ a: 1, b: 2 })],
  ['labels', fromPlain({ team: 'x' })],
  ['outputs', fromPlain({ first: { body: 'text', code: 200 }, 'l[0]/inner': { value: 3 } })],
]);

function kept(flow: Flow, at: string): unknown {
  const place = placeOfTask(flow, at);
  if (!place) throw new Error(`no task ${at}`);
  return toPlain(keepNeeded(flow, place, values));
}

const reading = (id: string, ...reads: Read[]) => task(id, { reads });

describe('what is kept', () => {
  test('what the task itself and later ones refer to, by key and property', () => {
    const flow = flowOf([
      task('first'),
      reading('second', ['inputs', 'a']),
      reading('third', ['outputs', 'first', 'body']),
    ]);
    expect(kept(flow, 'second')).toEqual({
      inputs: { a: 1 },
      outputs: { 'first?': { body: 'text' } },
    });
    expect(kept(flow, 'third')).toEqual({ outputs: { 'first?': { body: 'text' } } });
  });
  test('what the flow puts out at its end', () => {
    const flow = { ...flowOf([task('first'), task('last')]), reads: [['inputs', 'b']] as Read[] };
    expect(kept(flow, 'last')).toEqual({ inputs: { b: 2 } });
  });
  test('a whole group, a whole output, anything', () => {
    expect(kept(flowOf([task('first'), reading('x', ['labels'])]), 'x')).toEqual({
      labels: { team: 'x' },
    });
    expect(kept(flowOf([task('first'), reading('x', ['outputs', 'first'])]), 'x')).toEqual({
      outputs: { first: { body: 'text', code: 200 } },
    });
    expect(kept(flowOf([task('first'), reading('x', ['inputs', null])]), 'x')).toEqual({
      inputs: { a: 1, b: 2 },
    });
    const inLoop = loop('l', ['v'], [task('inner')]);
    expect(kept(flowOf([inLoop, task('first'), reading('x', ['*'])]), 'x')).toEqual(
      toPlain(values as Value),
    );
  });
  test('nothing of what only earlier tasks referred to, but for loops, which come round again', () => {
    expect(kept(flowOf([reading('first', ['inputs', 'a']), task('x')]), 'x')).toEqual({});
    const again = loop('l', ['v', 'w'], [reading('first', ['inputs', 'a']), task('inner')]);
    expect(kept(flowOf([again]), 'inner')).toEqual({ inputs: { a: 1 } });
  });
  test('nothing of what a flowable around the task read to open, unless it reads it again', () => {
    const reads: Read[] = [['inputs', 'a']];
    const each = { ...loop('l', ['v', 'w'], [task('inner')]), reads };
    expect(kept(flowOf([each]), 'l')).toEqual({ inputs: { a: 1 } });
    expect(kept(flowOf([each]), 'inner')).toEqual({});
    expect(kept(flowOf([{ ...each, asks: true }]), 'inner')).toEqual({ inputs: { a: 1 } });
    const outer = loop('o', ['v', 'w'], [each]);
    expect(kept(flowOf([outer]), 'inner')).toEqual({ inputs: { a: 1 } });
  });
  test('what handlers around the task may need', () => {
    const guarded = sequence('s', [task('x')], { errors: [reading('e', ['inputs', 'b'])] });
    expect(kept(flowOf([guarded]), 'x')).toEqual({ inputs: { b: 2 } });
  });
});

describe('on the wire', () => {
  const baton: Baton = {
    execution: 'x',
    flow: { namespace: 'n', id: 'f', revision: 1 },
    epoch: 1,
    createdAt: 0,
    path: 'a',
    turn: 1,
    attempt: 1,
    frames: [{ worst: 'SUCCESS' }],
    live: new Map(),
  };
  test('integers and doubles stay apart', () => {
    const live = new Map<string, Value>([
      [
        'inputs',
        new Map<string, Value>([
          ['i', 3n],
          ['d', 3],
        ]),
      ],
    ]);
    expect(readBaton(writeBaton({ ...baton, live }))).toEqual({ ...baton, live });
  });
  test('the largest values are left behind where they do not fit', () => {
    const inputs = new Map<string, Value>([
      ['small', 'here'],
      ['large', 'é'.repeat(limits.liveBytesMax)],
    ]);
    const text = writeBaton({ ...baton, live: new Map([['inputs', inputs]]) });
    expect(Buffer.byteLength(text)).toBeLessThan(limits.batonBytesMax);
    expect(readBaton(text).live).toEqual(new Map([['inputs', new Map([['small', 'here']])]]));
  });
  test.each(['', '{', '[]', 'null', '{"execution": 1}', '{"execution":"x","path":"a"}\n{'])(
    '%j is no baton',
    (text) => {
      expect(() => readBaton(text)).toThrow(UnreadableBaton);
    },
  );
});
