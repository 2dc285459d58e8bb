/** An answer whose code is loaded when an expression first asks for it: a step starts without it. */
import { Pending } from '../expression/pending.ts';
import type { Answer } from './host-answer.ts';

export function lazyAnswer(name: string, load: () => Promise<Answer>): Answer {
  let answer: Answer | undefined;
  return (args) => {
    if (answer) return answer(args);
    throw new Pending(`function:${name}`, async () => {
      answer = await load();
    });
  };
}
