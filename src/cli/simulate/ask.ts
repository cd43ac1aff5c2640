import { requestJson } from '../../connection/index.ts';
import type { KubeConnection } from '../../connection/types.ts';
import { DOMAIN } from '../../kube/domain.ts';
import { stringifyJson } from '../../kube/json.ts';
import { isJsonObject, type JsonObject, textAt } from '../../kube/object.ts';
import { UsageError } from '../exit.ts';
import { printable } from '../text-table.ts';
import type { AppliedObject } from './manifests.ts';
import type { TouchedName } from './touched-names.ts';

/** Questions under way at once: enough to hide the way to the server, few enough for it. */
export const QUESTIONS_AT_ONCE_MAX = 8;

/** One question, from asking to its whole answer. */
const TIMEOUT_MS = 30_000;
/** A server that starts or is busy is asked so often. */
const ATTEMPTS_MAX = 5;
/** What a server may ask us to wait between two attempts. */
const WAIT_SECONDS_MAX = 30;

export interface AskDeps {
  readonly connection: KubeConnection;
  readonly sleep: (ms: number) => Promise<void>;
  /** Called after each answer. */
  readonly onAnswered: () => void;
}

export interface AskOptions {
  readonly cluster: string;
  readonly apiGroup: string;
  /** The objects are removed instead of applied. */
  readonly isDeletion: boolean;
}

/** A name and the `status` of its simulation. */
export interface AnsweredName {
  readonly touched: TouchedName;
  readonly status: JsonObject;
}

/** Asks for every name, some at once, and gives the answers in the order of the names. The first failure ends it. */
export async function askAll(
  deps: AskDeps,
  names: readonly TouchedName[],
  options: AskOptions,
): Promise<readonly AnsweredName[]> {
  const answers: AnsweredName[] = [];
  let next = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    while (next < names.length && !hasFailed) {
      const index = next;
      next += 1;
      const touched = names[index];
      if (touched === undefined) return;
      answers[index] = { touched, status: await askOne(deps, touched, options) };
      deps.onAnswered();
    }
  };
  const workers = Array.from({ length: Math.min(QUESTIONS_AT_ONCE_MAX, names.length) }, () =>
    work().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  await Promise.all(workers);
  return answers;
}

async function askOne(deps: AskDeps, touched: TouchedName, options: AskOptions): Promise<JsonObject> {
  const { namespace, name } = touched.key;
  const below = `namespaces/${encodeURIComponent(namespace)}/serviceimports/${encodeURIComponent(name)}`;
  const path = `/apis/${options.apiGroup}/v1beta1/${below}/simulation`;
  const body = stringifyJson(questionOf(touched, options));
  for (let attempt = 1; ; attempt += 1) {
    const answer = await requestJson(deps.connection, { method: 'POST', path, body, timeoutMs: TIMEOUT_MS });
    const status = isJsonObject(answer.body) ? answer.body['status'] : undefined;
    if (answer.status === 201 && isJsonObject(status)) return status;
    const waitSeconds = Number(answer.headers['retry-after'] ?? NaN);
    if (attempt === ATTEMPTS_MAX || !Number.isInteger(waitSeconds)) throw refusal(answer, touched);
    await deps.sleep(Math.min(waitSeconds, WAIT_SECONDS_MAX) * 1000);
  }
}

function questionOf({ serviceExport, service }: TouchedName, { cluster, isDeletion }: AskOptions): JsonObject {
  const supposed = ({ object }: AppliedObject): JsonObject => (isDeletion ? { absent: true } : { object });
  return {
    apiVersion: `${DOMAIN}/v1alpha1`,
    kind: 'ServiceImportSimulation',
    spec: {
      cluster,
      ...(serviceExport === undefined ? {} : { serviceExport: supposed(serviceExport) }),
      ...(service === undefined ? {} : { service: supposed(service) }),
    },
  };
}

/** 422 is a fault of the words or of a file, anything else one of the server or of the rights there. */
function refusal(answer: { readonly status: number; readonly body: unknown }, touched: TouchedName): Error {
  const message = printable(textAt(answer.body, 'message') ?? 'no message');
  const name = `${touched.key.namespace}/${touched.key.name}`;
  if (answer.status === 422) return new UsageError(`${placesOf(touched)}: ${name}: ${message}`);
  if (answer.status === 404 && textAt(answer.body, 'details', 'name') === undefined) {
    return new Error(`${name}: the server does not know simulations: 404 ${message}`);
  }
  return new Error(`${name}: ${answer.status} ${message}`);
}

function placesOf({ serviceExport, service }: TouchedName): string {
  const places = [serviceExport, service].flatMap((one) => (one === undefined ? [] : `${one.file}:${one.line}`));
  return places.join(', ');
}
