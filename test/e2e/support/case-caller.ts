import { expect } from 'vitest';
import {
  isJsonList,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  keyOf,
  textAt,
} from '../../../src/kube/object.ts';
import { call, type ContractTarget } from '../../contract/target.ts';
import type { Cluster } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import { clusterProperty } from '../../support/rule-cases/property-cases.ts';
import type { RuleCase } from '../../support/rule-cases/rule-case.ts';

/** Whom no policy of ours judges. */
export const SEEDER = 'system:serviceaccount:kube-system:seeder';

export interface Said {
  readonly status: number;
  /** '' where nothing is refused, and so are the others. */
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly JsonValue[];
  readonly warnings: readonly string[];
}

/** Makes the writes of cases to a real kube-apiserver, as their users. */
export interface CaseCaller {
  /** Without an effect: a dry run is judged as a real write is. */
  readonly perform: (one: RuleCase) => Promise<Said>;
  /** One write of a ServiceExport. */
  readonly write: (
    user: string,
    write: { readonly method: 'POST' | 'PUT' | 'DELETE'; readonly object: KubeObject; readonly dryRun?: boolean },
  ) => Promise<Said>;
  /** Puts what is there before and beside, unjudged; gives what takes it away again. */
  readonly seed: (one: RuleCase) => Promise<() => Promise<void>>;
}

export function createCaseCaller({ url, keys }: Pick<Cluster, 'url' | 'keys'>): CaseCaller {
  const { ca, admin } = keys;
  const tls = { ca, cert: admin.cert, key: admin.key };
  const target: ContractTarget = { baseUrl: url, tls, close: () => Promise.resolve() };
  return {
    perform: (one) => perform(target, one),
    seed: (one) => seed(target, one),
    write: async (user, { method, object, dryRun = false }) => {
      const one: RuleCase = { name: '', resource: 'serviceexports' };
      const resourceVersion = method === 'PUT' ? await storedVersion(target, one, object) : undefined;
      const body = method === 'DELETE' ? undefined : prepared(object, { resourceVersion });
      return send(target, user, {
        method,
        path: `${pathOf(one, object, method === 'POST')}${dryRun ? '?dryRun=All' : ''}`,
        body,
      });
    },
  };
}

async function perform(target: ContractTarget, one: RuleCase): Promise<Said> {
  const { object, oldObject, user = 'jane', version } = one;
  const subject = object ?? oldObject;
  if (subject === undefined) throw new Error('a case without an object');
  const method = object === undefined ? 'DELETE' : oldObject === undefined ? 'POST' : 'PUT';
  const resourceVersion = method === 'PUT' ? await storedVersion(target, one, subject) : undefined;
  const body = object === undefined ? undefined : prepared(object, { version, resourceVersion });
  return send(target, user, { method, path: `${pathOf(one, subject, method === 'POST')}?dryRun=All`, body });
}

async function seed(target: ContractTarget, one: RuleCase): Promise<() => Promise<void>> {
  const { oldObject, identity: { clusterID, clusterSet } = {} } = one;
  const beside: readonly KubeObject[] = [
    ...(clusterID === undefined ? [] : [clusterProperty('cluster.clusterset.k8s.io', clusterID)]),
    ...(clusterSet === undefined ? [] : [clusterProperty('clusterset.k8s.io', clusterSet)]),
  ];
  const whole: RuleCase = { name: one.name, resource: one.resource };
  const old =
    oldObject === undefined || beside.some(({ metadata }) => isSame(one, metadata, oldObject)) ? [] : [oldObject];
  // A ClusterSet is joined by a cluster that has an id.
  const all = [...beside, ...old].toSorted((a, b) => Number(isClusterSet(a)) - Number(isClusterSet(b)));
  for (const object of all) {
    const sent = { method: 'POST', path: pathOf(whole, object, true), body: prepared(object, {}) };
    // A policy may see only after a moment what its parameter has become.
    await eventually('what is there before', async () => {
      expect(await send(target, SEEDER, sent)).toMatchObject({ status: 201 });
    });
    if (one.subresource === undefined || object !== oldObject) continue;
    // A status is not taken on a create.
    const resourceVersion = await storedVersion(target, whole, object);
    const path = pathOf({ ...whole, subresource: one.subresource }, object, false);
    const body = prepared(object, { resourceVersion });
    expect(await send(target, SEEDER, { method: 'PUT', path, body })).toMatchObject({ status: 200 });
  }
  return async () => {
    for (const object of all) {
      await send(target, SEEDER, { method: 'DELETE', path: pathOf(whole, object, false), body: undefined });
    }
  };
}

function isSame({ resource }: RuleCase, { name }: KubeObject['metadata'], { metadata }: KubeObject): boolean {
  return resource === 'clusterproperties' && name === metadata.name;
}

function isClusterSet({ metadata }: KubeObject): boolean {
  return metadata.name === 'clusterset.k8s.io';
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
}

async function send(target: ContractTarget, user: string, { method, path, body }: Sent): Promise<Said> {
  const groups = user === SEEDER ? { 'Impersonate-Group': 'system:serviceaccounts:kube-system' } : {};
  const headers = { 'Content-Type': 'application/json', 'Impersonate-User': user, ...groups };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await call(target, path, { method, headers, ...sent });
  const parsed: unknown = JSON.parse(answer.text);
  const refusal = isJsonObject(parsed) && parsed['kind'] === 'Status' ? parsed : {};
  const { details } = refusal;
  const causes = isJsonObject(details) && isJsonList(details['causes']) ? details['causes'] : [];
  return {
    status: answer.status,
    reason: textAt(refusal, 'reason') ?? '',
    message: textAt(refusal, 'message') ?? '',
    causes,
    warnings: warningTexts(answer.headers.warning),
  };
}

/** The texts of `299 - "..."`, which may hold quotes. */
function warningTexts(header: unknown): readonly string[] {
  if (typeof header !== 'string') return [];
  return [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
}

function pathOf({ resource, subresource, version = 'v1beta1' }: RuleCase, object: KubeObject, isNew: boolean): string {
  const ours = `/apis/multicluster.x-k8s.io/${version}`;
  const root = {
    namespaces: '/api/v1',
    endpointslices: '/apis/discovery.k8s.io/v1',
    clusterproperties: `/apis/about.k8s.io/${version}`,
    clusterprofiles: `/apis/multicluster.x-k8s.io/${version === 'v1beta1' ? 'v1alpha1' : version}`,
    serviceexports: ours,
    serviceimports: ours,
  }[resource];
  const { namespace, name } = keyOf(object);
  const within = namespace === '' ? '' : `/namespaces/${namespace}`;
  const below = subresource === undefined ? '' : `/${subresource}`;
  return `${root}${within}/${resource}${isNew ? '' : `/${name}${below}`}`;
}

interface Preparation {
  readonly version?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

function prepared(object: KubeObject, { version, resourceVersion }: Preparation): JsonObject {
  const { name, namespace, labels, finalizers } = object.metadata;
  const apiVersion = version === undefined ? object.apiVersion : object.apiVersion.replace(/[^/]*$/, version);
  const json: unknown = JSON.parse(
    JSON.stringify({ ...object, apiVersion, metadata: { name, namespace, labels, finalizers, resourceVersion } }),
  );
  return isJsonObject(json) ? json : {};
}

async function storedVersion(target: ContractTarget, one: RuleCase, object: KubeObject): Promise<string> {
  const whole: RuleCase = { name: one.name, resource: one.resource };
  const answer = await call(target, pathOf(whole, object, false));
  const stored: unknown = JSON.parse(answer.text);
  const metadata = isJsonObject(stored) ? stored['metadata'] : undefined;
  return isJsonObject(metadata) && typeof metadata['resourceVersion'] === 'string' ? metadata['resourceVersion'] : '';
}

/** What a policy says, without the words that kube-apiserver puts before it. */
export function ownWords({ status, message, warnings }: Said): Pick<RuleCase, 'invalid' | 'forbidden' | 'warnings'> {
  const words = / denied request: (.*)$/s.exec(message)?.[1] ?? message;
  const told =
    status === 403
      ? { forbidden: words }
      : status >= 300
        ? { invalid: status === 422 ? words : `${status} ${words}` }
        : {};
  return { ...told, warnings };
}
