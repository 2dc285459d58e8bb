/** A function that does what its event asks for. */
import process from 'node:process';

const loadedAt = process.hrtime.bigint().toString();

interface Event {
  readonly do: string;
  readonly bytes?: number;
}

interface Context {
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

export async function handler(event: Event, context: Context): Promise<unknown> {
  switch (event.do) {
    case 'environment':
      return { ...process.env };
    case 'context':
      return { ...context, remaining: context.getRemainingTimeInMillis() };
    case 'loaded-at':
      return loadedAt;
    case 'print':
      console.log('to standard output');
      await Promise.resolve();
      console.error('to standard error');
      return 'printed';
    case 'throw':
      throw new RangeError('out of range');
    case 'throw text':
      // What careless handlers do.
      // oxlint-disable-next-line only-throw-error
      throw 'just text';
    case 'exit':
      return process.exit(3);
    case 'hang':
      return new Promise(() => undefined);
    case 'large':
      return 'x'.repeat(event.bytes ?? 0);
    default:
      return undefined;
  }
}
