/**
 * A network that loses, delays, repeats, cuts and refuses, before an emulator of AWS. Which request
 * fares how is decided by a seed; what was done is counted.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { seededRandom } from '../../src/adapters/simulated/random.ts';

const faults = ['lost', 'unanswered', 'cut', 'repeated', 'delayed', 'throttled'] as const;
type Fault = (typeof faults)[number];

export interface BadNetwork {
  readonly endpoint: string;
  readonly counts: Readonly<Record<Fault | 'requests', number>>;
  /** Every request fares well from here on. */
  calm(): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** `rate`: of requests that fare ill, between 0 and 1. */
export async function startBadNetwork(
  target: string,
  { seed, rate }: { readonly seed: number; readonly rate: number },
): Promise<BadNetwork> {
  const random = seededRandom(seed);
  let isCalm = false;
  const counts = {
    requests: 0,
    lost: 0,
    unanswered: 0,
    cut: 0,
    repeated: 0,
    delayed: 0,
    throttled: 0,
  };
  const server = createServer(async (incoming, response) => {
    counts.requests += 1;
    const fault = !isCalm && random.chance(rate) ? faults[random.below(faults.length)] : undefined;
    if (fault) counts[fault] += 1;
    const body = await bodyOf(incoming);
    try {
      await fare(fault, { target, incoming, body, response, delayMs: random.below(40) });
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    calm() {
      isCalm = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly delayMs: number;
}

async function fare(fault: Fault | undefined, exchange: Exchange): Promise<void> {
  const { incoming, response, delayMs } = exchange;
  if (fault === 'lost') return void response.destroy();
  if (fault === 'throttled') return refuse(incoming, response);
  if (fault === 'delayed') await pass(delayMs);
  const answer = await forward(exchange);
  if (fault === 'repeated') await forward(exchange);
  if (fault === 'unanswered') return void response.destroy();
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (fault !== 'cut') return void response.end(body);
  response.write(body.subarray(0, body.length / 2), () => response.destroy());
}

/** As the service that was asked says it. */
function refuse({ headers }: IncomingMessage, response: ServerResponse): void {
  const target = String(headers['x-amz-target'] ?? '');
  if (target.startsWith('DynamoDB')) {
    const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: type, message: 'Slow down.' }));
  } else if (target.startsWith('AmazonSQS')) {
    response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify({ __type: 'com.amazonaws.sqs#RequestThrottled', message: 'Slow down.' }),
    );
  } else {
    response.writeHead(503, { 'content-type': 'application/xml' });
    response.end('<Error><Code>SlowDown</Code><Message>Slow down.</Message></Error>');
  }
}

function forward({ target, incoming, body }: Exchange): Promise<Answer> {
  const { method, url, headers } = incoming;
  const { hostname, port, host } = new URL(target);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path: url, headers: { ...headers, host } },
      (answer) => {
        bodyOf(answer).then(
          (received) =>
            resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: received }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
