import { Agent, request } from 'node:https';
import { isJsonObject } from '../../../src/kube/object.ts';
import type { JsonObject } from '../../../src/kube/object.ts';
import type { Endpoint } from '../client.ts';
import { monotonicMs } from '../clock.ts';
import { watchFromNow } from '../watcher.ts';

/** A change that a watch told of; bookmarks are none. */
export interface WatchedEvent {
  readonly atMs: number;
  readonly object: JsonObject;
}

/** Watches from now on, and parses what comes: for hundreds of events in a second, not for thousands. */
export async function followEvents(
  endpoint: Endpoint,
  path: string,
  onEvent: (event: WatchedEvent) => void,
): Promise<{ readonly close: () => void }> {
  const target = await watchFromNow(endpoint, path);
  const agent = new Agent({ ...endpoint, maxSockets: 1 });
  const { host, port } = endpoint;
  await new Promise<void>((resolve, reject) => {
    const call = request({ agent, host, port, path: target }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${target}: ${response.statusCode ?? 0}`));
      readLines(response.setEncoding('utf8'), onEvent);
      resolve();
    });
    call.on('error', reject);
    call.end();
  });
  return { close: () => agent.destroy() };
}

function readLines(stream: NodeJS.ReadableStream, onEvent: (event: WatchedEvent) => void): void {
  let rest = '';
  stream.on('data', (part: string) => {
    const atMs = monotonicMs();
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: unknown = JSON.parse(line);
      if (!isJsonObject(event) || event['type'] === 'BOOKMARK' || !isJsonObject(event['object'])) continue;
      onEvent({ atMs, object: event['object'] });
    }
  });
  stream.on('error', () => undefined);
}
