/** What an exchange looks like in the execution log, for flows that ask with `options.logs`. */
import type { TaskContext } from '../define.ts';
import type { HttpRequest, HttpResponse } from './client.ts';
import type { HeaderMap } from './header-map.ts';
import type { LogKind } from './options.ts';

const secretNames = /authorization|cookie|token|api-?_?key|secret|password|signature/i;

export function logRequest(
  request: HttpRequest,
  kinds: readonly LogKind[],
  context: Pick<TaskContext, 'log'>,
): void {
  if (kinds.includes('REQUEST_HEADERS')) {
    context.log(
      'DEBUG',
      `request:\n    method: ${request.method}\n    uri: ${shownUrl(request.url)}`,
    );
    context.log('DEBUG', headerLines('request', request.headers));
  }
  if (kinds.includes('REQUEST_BODY')) {
    context.log('TRACE', `request body:\n${(request.body ?? '').toString()}`);
  }
}

export function logResponse(
  response: HttpResponse,
  kinds: readonly LogKind[],
  context: Pick<TaskContext, 'log'>,
): void {
  if (kinds.includes('RESPONSE_HEADERS')) {
    context.log('DEBUG', `response:\n    status: ${response.status}`);
    context.log('DEBUG', headerLines('response', response.headers));
  }
  if (kinds.includes('RESPONSE_BODY')) {
    context.log('TRACE', `response body:\n${response.body.toString()}`);
  }
}

/** Logs are read by more people than secrets are meant for. */
function headerLines(what: string, headers: HeaderMap): string {
  const lines = Object.entries(headers.toObject()).map(
    ([name, values]) => `    ${name}: ${secretNames.test(name) ? '***' : values.join(', ')}`,
  );
  return [`${what} headers:`, ...lines].join('\n');
}

/** Neither a password before the host nor what a parameter's name says is secret. */
function shownUrl(url: URL): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  for (const name of new Set(shown.searchParams.keys())) {
    if (secretNames.test(name)) shown.searchParams.set(name, '***');
  }
  return shown.href;
}
