/** The ingest API as a client uses it: start a flow, wait for its end, read its log. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { signer } from './aws.ts';
import { reachable } from './gaps.ts';

export interface TaskRun {
  readonly taskId: string;
  readonly path: string;
  readonly state: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface Execution {
  readonly id: string;
  readonly state: string;
  readonly taskRuns: readonly TaskRun[];
}

interface LogLine {
  readonly executionId: string;
  readonly taskId?: string;
  readonly message: string;
}

const ends: ReadonlySet<string> = new Set(['SUCCESS', 'WARNING', 'FAILED', 'KILLED', 'CANCELLED']);

export class Ingest {
  readonly url: string;
  private readonly client = signer();

  constructor(endpoint: string, functionUrl: string) {
    this.url = reachable(endpoint, functionUrl);
  }

  /** Starts the flow in `source`. Inputs travel in the query: the body is the flow. */
  async start(source: string, inputs: Readonly<Record<string, string>>): Promise<Execution> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(inputs)) query.set(`inputs.${name}`, value);
    return this.post(`/?${query.toString()}`, 'application/yaml', source);
  }

  /** Stores the flow and starts it with inputs as JSON: they may be larger than a query. */
  async startStored(source: string, inputs: Readonly<Record<string, unknown>>): Promise<Execution> {
    const stored = await this.post<{ namespace: string; id: string }>(
      '/flows',
      'application/yaml',
      source,
    );
    const path = `/executions/${stored.namespace}/${stored.id}`;
    return this.post(path, 'application/json', JSON.stringify(inputs));
  }

  async waitForEnd(id: string, timeoutMs: number): Promise<Execution> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const execution = await this.show(id);
      if (ends.has(execution.state)) return execution;
      if (Date.now() > deadline) {
        throw new Error(`${id} has not ended: ${JSON.stringify(execution, undefined, 1)}`);
      }
      await sleep(250);
    }
  }

  async waitForSuccess(id: string): Promise<Execution> {
    const execution = await this.waitForEnd(id, 60_000);
    assert.equal(execution.state, 'SUCCESS', JSON.stringify(execution.taskRuns).slice(0, 2000));
    return execution;
  }

  show(id: string): Promise<Execution> {
    return this.get(`/executions/${id}`);
  }

  /** Newest first. */
  async list(namespace: string, flowId: string): Promise<readonly Pick<Execution, 'state'>[]> {
    const query = new URLSearchParams({ namespace, flowId });
    const { results } = await this.get<{ results: readonly Execution[] }>(
      `/executions?${query.toString()}`,
    );
    return results;
  }

  logs(id: string): Promise<readonly LogLine[]> {
    return this.get(`/executions/${id}/logs`);
  }

  /** The status of a request that nobody signed. */
  async unsigned(): Promise<number> {
    return (await fetch(`${this.url}/executions`)).status;
  }

  private async post<T>(path: string, contentType: string, body: string): Promise<T> {
    const headers = { 'content-type': contentType };
    const response = await this.client.fetch(this.url + path, { method: 'POST', headers, body });
    const answer = await response.text();
    assert.equal(response.status, 201, answer);
    return JSON.parse(answer);
  }

  private async get<T>(path: string): Promise<T> {
    const response = await this.client.fetch(this.url + path);
    const answer = await response.text();
    assert.equal(response.status, 200, answer);
    return JSON.parse(answer);
  }
}
