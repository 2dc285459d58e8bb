/**
 * What a text of a flow may refer to, in few letters. The oracle looks them up as they are.
 *
 * `t1` what a task gave; `[t1` what it gave for the same loop value; `=t1` the same by OutputValues;
 * `>t1` what a called flow put out; `?t1` what whoever resumed it answered; `$t1` a variable;
 * `#m` an input.
 */
import type { LoopKind, TaskSpec } from './spec.ts';

/** An expression that gives `-` where there is nothing. */
export function rendered(ref: string): string {
  return `{{ ${expressionOf(ref)} ?? '-' }}`;
}

function expressionOf(ref: string): string {
  const id = ref.slice(1);
  switch (ref[0]) {
    case '[':
      return `outputs.${id}[taskrun.value].value`;
    case '=':
      return `outputs.${id}.values.v`;
    case '>':
      return `outputs.${id}.outputs.all`;
    case '?':
      return `outputs.${id}.onResume.answer`;
    case '$':
      return `vars.${id}`;
    case '#':
      return `inputs.${id}`;
    default:
      return `outputs.${ref}.value`;
  }
}

/** How to refer to what a task of kind `give` gives. */
export function textOf({ id, ...task }: TaskSpec): string {
  return 'named' in task && task.named ? `=${id}` : id;
}

export function loopValue(kind: LoopKind): string {
  return kind === 'each' ? 'taskrun.value' : 'item.value';
}
