/** An object whose code is loaded when the first of its methods is called: a step starts without it. */

type Promising<T> = {
  readonly [K in keyof T]: (...args: never[]) => Promise<unknown> | AsyncIterable<unknown>;
};

type Listing<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => AsyncIterable<unknown> ? K : never;
}[keyof T];

/** `load` is called each time, modules are kept by Node. `lists`: the methods that give an iterable. */
export function lazyMethods<T extends Promising<T>>(
  load: () => Promise<T>,
  lists: readonly Listing<T>[] = [],
): T {
  const call = async (name: keyof T, args: never[]) => (await load())[name](...args);
  const get = (_: T, name: string) => {
    const method = name as keyof T;
    if (!lists.includes(method as Listing<T>)) return (...args: never[]) => call(method, args);
    return async function* list(...args: never[]) {
      yield* (await load())[method](...args) as AsyncIterable<unknown>;
    };
  };
  return new Proxy({} as T, { get });
}
