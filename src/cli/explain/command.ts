import type { KubeConnection } from '../../connection/index.ts';
import { parseJson, stringifyJson } from '../../kube/json.ts';
import type { JsonObject, ObjectKey } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import { UsageError } from '../exit.ts';
import type { ExplainOptions } from '../program/explain.ts';
import { connectToServer } from '../server-connection.ts';
import { printable } from '../text-table.ts';
import { provenanceText } from './provenance-text.ts';

/** For the whole answer. */
const TIMEOUT_MS = 30_000;

/** Asks a hub, or a stand-alone server, why a ServiceImport is as it is, and prints the answer. */
export async function explain(options: ExplainOptions): Promise<void> {
  const key = parseName(options.name);
  const connection = await connectToServer(options.kubeconfig, options.context);
  try {
    process.stdout.write(await ask(connection, key, options));
  } finally {
    connection.close();
  }
}

function parseName(text: string): ObjectKey {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (namespace === '' || name === '' || rest.length > 0) {
    throw new UsageError(`${JSON.stringify(text)} is not NAMESPACE/NAME`);
  }
  return { namespace, name };
}

async function ask(connection: KubeConnection, key: ObjectKey, options: ExplainOptions): Promise<string> {
  const { apiGroup, output } = options;
  const [namespace, name] = [key.namespace, key.name].map(encodeURIComponent);
  const { status, body } = await connection.request({
    method: 'GET',
    path: `/apis/${apiGroup}/v1beta1/namespaces/${namespace ?? ''}/serviceimports/${name ?? ''}/provenance`,
    headers: { accept: output === 'yaml' ? 'application/yaml' : 'application/json' },
    timeoutMs: TIMEOUT_MS,
  });
  const text = body.toString('utf8');
  if (status !== 200) throw new Error(refusalText(status, text, connection.server));
  if (output === 'yaml') return text;
  const provenance = parseObject(text);
  if (provenance === undefined) throw new Error(`${connection.server}: the answer is no object`);
  return output === 'json' ? `${stringifyJson(provenance, 4)}\n` : provenanceText(provenance, Date.now());
}

/** The message of the server where it is one of ours or of a kube-apiserver, in JSON or YAML. */
function refusalText(status: number, text: string, server: string): string {
  const message = textAt(parseObject(text), 'message') ?? /^message: (.*)$/m.exec(text)?.[1];
  return message === undefined ? `${server} answered ${status}` : printable(message);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
