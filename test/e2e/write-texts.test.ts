import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinStrictFaults, readPatch, refusePatched } from '../../apiservice/writes/index.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../src/kube/object.ts';
import { parseStrictJson } from '../../src/kube/strict-json.ts';
import type { Answer, ContractTarget } from '../contract/target.ts';
import { call } from '../contract/target.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { memberDefinitions } from './support/crds.ts';
import type { WriteCase } from './support/write-bodies.ts';
import { WRITE_CASES } from './support/write-cases.ts';
import type { Decision, RawWrite } from './support/write-decision.ts';
import { decide, STORED } from './support/write-decision.ts';

const EXPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/texts/serviceexports';
const ITEM = `${EXPORTS}/${STORED}`;
/** Refusals of something that only a server with the object can judge. */
const LATER = new Set(['Conflict', 'AlreadyExists', 'must be specified for an update']);

let controlPlane: ControlPlane;
let target: ContractTarget;
let stored: JsonObject;

beforeAll(async () => {
  controlPlane = await startControlPlane(['real']);
  const kubectl = controlPlane.kubectl('real');
  for (const crd of memberDefinitions()) await kubectl.apply(crd);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await kubectl('create', 'namespace', 'texts');
  const { url, keys } = controlPlane.cluster('real');
  target = {
    baseUrl: url,
    tls: { ca: keys.ca, cert: keys.admin.cert, key: keys.admin.key },
    close: () => Promise.resolve(),
  };
  const body = JSON.stringify({
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: { name: STORED, labels: { team: 'shop' }, annotations: { note: '<a> & "b"' } },
    spec: {},
  });
  await send({ method: 'POST', query: '', contentType: 'application/json', body });
  stored = objectOf(await call(target, ITEM, { accept: 'application/json' }));
});

afterAll(async () => {
  await controlPlane.stop();
});

/** kube-apiserver turns requests for custom kinds away while it prepares them; nothing was done then. */
function send(write: RawWrite): Promise<Answer> {
  const path = `${write.method === 'POST' ? EXPORTS : ITEM}?${write.query}`;
  return eventually('an answer other than 429', async () => {
    const answer = await call(target, path, {
      method: write.method,
      accept: 'application/json',
      headers: write.contentType === undefined ? {} : { 'Content-Type': write.contentType },
      body: write.body,
    });
    if (answer.status === 429) throw new Error(answer.text);
    return answer;
  });
}

function objectOf(answer: Answer): JsonObject {
  const parsed = parseStrictJson(answer.text);
  if (!parsed.ok || !isJsonObject(parsed.value.value)) throw new Error(`no object: ${answer.status} ${answer.text}`);
  return parsed.value.value;
}

function warningsOf({ headers }: Answer): readonly string[] {
  const text = [headers.warning ?? []].flat().join(', ');
  return [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, warning = '']) => warning.replace(/\\(.)/g, '$1'));
}

interface Refusal {
  readonly code: unknown;
  readonly reason: unknown;
  readonly message: unknown;
  readonly details: unknown;
}

/** Some faults are told twice by kube-apiserver. */
function refusalOf(status: JsonObject): Refusal {
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const causes = isJsonList(details['causes']) ? details['causes'] : [];
  const texts = causes.map((cause) => JSON.stringify(cause));
  const once = causes.filter((_cause, index) => texts.indexOf(texts[index] ?? '') === index);
  return {
    code: status['code'],
    reason: status['reason'],
    message: status['message'],
    details: { ...details, ...(once.length === 0 ? {} : { causes: once }) },
  };
}

function ourRefusal(decision: Decision): Refusal | undefined {
  if (decision.type === 'passes') return undefined;
  return refusalOf(JSON.parse(JSON.stringify(decision.status)) as JsonObject);
}

function isLater({ reason, message }: Refusal): boolean {
  return [...LATER].some((text) => reason === text || String(message).includes(text));
}

async function compare({ body, ...rest }: WriteCase): Promise<void> {
  const write = { ...rest, body: body.replace('$VERSION', textAt(stored, 'metadata', 'resourceVersion') ?? '') };
  const answer = await send(write);
  const decision = decide(write, stored);
  const ours = ourRefusal(decision);
  const theirs = answer.status < 300 ? undefined : refusalOf(objectOf(answer));
  if (write.deviation !== undefined) {
    expect(ours).not.toEqual(theirs);
    expect(JSON.stringify(ours)).toContain(JSON.stringify(write.deviation.ours).slice(1, -1));
  } else if (ours === undefined && theirs !== undefined) expect(theirs).toSatisfy(isLater);
  else expect(ours).toEqual(theirs);
  if (decision.type === 'passes') expect(decision.warnings).toEqual(warningsOf(answer));
}

describe('a write is judged as by a real kube-apiserver', () => {
  it.each(WRITE_CASES.map((write) => [write.title, write] as const))('%s', async (_title, write) => {
    await compare(write);
  });
});

describe('what a member says of an object that was patched here', () => {
  it.each([
    ['unknown fields', '{"spec":{"zzz":1},"extra":2}'],
    ['unknown fields and doubled keys', '{"spec":{"zzz":1,"zzz":2},"metadata":{"labels":{"a":"1","a":"2"},"huh":1}}'],
  ])('becomes what a patch is refused with: %s', async (_title, body) => {
    const query = 'dryRun=All&fieldValidation=Strict';
    const asked = await send({ method: 'PATCH', query, contentType: 'application/merge-patch+json', body });
    const patch = readPatch('merge', Buffer.from(body), 'Strict');
    const patched = patch.apply(stored);
    const put = { method: 'PUT', query, contentType: 'application/json', body: JSON.stringify(patched) } as const;
    const refused = objectOf(await send(put));
    const answer = { code: Number(refused['code']), message: textAt(refused, 'message') ?? '' };
    const joined = joinStrictFaults(patch.strictFaults, answer, refusePatched(patched));
    expect(joined).toMatchObject({ status: refusalOf(objectOf(asked)) });
  });
});
