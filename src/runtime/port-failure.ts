/**
 * Errors of the ports themselves: a store that is throttled, a queue that cannot be reached. They say
 * nothing about the task that happened to need them, so no task fails for one: the message goes back
 * to the queue and is handled again.
 */
const failures = new WeakSet<object>();

export function isPortFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && failures.has(error);
}

/** The port, with its errors known as such from now on. */
export function notingFailures<P extends object>(port: P): P {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => noted(Reflect.apply(value, target, args));
    },
  });
}

function noted(answer: unknown): unknown {
  if (answer instanceof Promise) return answer.catch(note);
  return isStream(answer) ? notedStream(answer) : answer;
}

async function* notedStream(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    note(error);
  }
}

function note(error: unknown): never {
  if (typeof error === 'object' && error !== null) failures.add(error);
  throw error;
}

function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}
