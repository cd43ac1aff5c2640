import { HUB_ANNOTATION } from '../kube/domain.ts';
import type { JsonObject } from '../kube/object.ts';
import type { ServiceReference } from './api-service.ts';
import { API_SERVICES_PATH, formatService, isSameService, parseApiService } from './api-service.ts';
import { objectAt, objectsAt, textAt } from './hub-request.ts';

/**
 * How a kube-apiserver reaches us. A `url` is ours when scheme, host and port are; its path is not compared. Under which
 * address members reach their hub it does not know: a `hubPath` is ours when the path of the url is one of these, and the
 * object was installed for the hub of this identity.
 */
export type WebhookEndpoint =
  | ({ readonly type: 'service' } & ServiceReference)
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'hubPath'; readonly paths: readonly string[]; readonly hub: string };

/** An object that tells a kube-apiserver whom to trust when it calls us. Of it only caBundle is ever written. */
export type CaBundleTarget =
  | {
      readonly type: 'APIService';
      readonly name: string;
      readonly endpoint: WebhookEndpoint & { readonly type: 'service' };
    }
  | { readonly type: 'ValidatingWebhookConfiguration'; readonly name: string; readonly endpoint: WebhookEndpoint }
  | { readonly type: 'CustomResourceDefinition'; readonly name: string; readonly endpoint: WebhookEndpoint };

export type CaBundleTargetType = CaBundleTarget['type'];

/** What a target says of us. */
export type TargetReading =
  | {
      readonly type: 'asksUs';
      /** PEM, one per place that leads to us; '' where nothing is set. */
      readonly bundles: readonly string[];
      /** The fields of a server-side apply that puts this bundle into those places and touches nothing else. */
      readonly fields: (base64: string) => JsonObject;
    }
  /** It does not verify our certificate, and nothing of it may be changed; one sentence why. */
  | { readonly type: 'elsewhere'; readonly reason: string };

interface Kind {
  readonly apiVersion: string;
  readonly collection: string;
  readonly read: (object: JsonObject, endpoint: WebhookEndpoint) => TargetReading;
}

const KINDS: Readonly<Record<CaBundleTargetType, Kind>> = {
  APIService: {
    apiVersion: 'apiregistration.k8s.io/v1',
    collection: API_SERVICES_PATH,
    read: readApiService,
  },
  ValidatingWebhookConfiguration: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    collection: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    read: readWebhooks,
  },
  CustomResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    collection: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    read: readConversion,
  },
};

/** The path of the collection that the target lies in. */
export function targetCollection({ type }: CaBundleTarget): string {
  return KINDS[type].collection;
}

export function describeTarget({ type, name }: CaBundleTarget): string {
  return `${type} ${name}`;
}

export function readTarget(object: JsonObject, target: CaBundleTarget): TargetReading {
  return KINDS[target.type].read(object, target.endpoint);
}

/** A server-side apply of the bundle, refused by the kube-apiserver when the object has changed since it was read. */
export function applyBody(target: CaBundleTarget, object: JsonObject, fields: JsonObject): JsonObject {
  const resourceVersion = textAt(objectAt(object, 'metadata'), 'resourceVersion');
  return {
    apiVersion: KINDS[target.type].apiVersion,
    kind: target.type,
    metadata: { name: target.name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    ...fields,
  };
}

function readApiService(object: JsonObject, endpoint: WebhookEndpoint): TargetReading {
  const state = parseApiService(object);
  if (endpoint.type !== 'service' || !isSameService(state.service, endpoint)) {
    const reason = `it is served by ${formatService(state.service)}, not by ${formatEndpoint(endpoint)}`;
    return { type: 'elsewhere', reason };
  }
  if (state.skipsVerification) {
    return { type: 'elsewhere', reason: 'insecureSkipTLSVerify is set, so our certificate is not verified' };
  }
  return { type: 'asksUs', bundles: [state.caBundle], fields: (caBundle) => ({ spec: { caBundle } }) };
}

/** A configuration may also hold webhooks of others: those are left as they are. */
function readWebhooks(object: JsonObject, endpoint: WebhookEndpoint): TargetReading {
  const ours = objectsAt(object, 'webhooks').filter((webhook) =>
    isSameEndpoint(objectAt(webhook, 'clientConfig'), endpoint),
  );
  if (endpoint.type === 'hubPath' && ours.length > 0 && hubOf(object) !== endpoint.hub) {
    return { type: 'elsewhere', reason: 'it was not installed for this hub' };
  }
  if (ours.length === 0) return { type: 'elsewhere', reason: `none of its webhooks asks ${formatEndpoint(endpoint)}` };
  return {
    type: 'asksUs',
    bundles: ours.map((webhook) => bundleOf(objectAt(webhook, 'clientConfig'))),
    fields: (caBundle) => ({
      webhooks: ours.map((webhook) => ({ name: textAt(webhook, 'name') ?? '', clientConfig: { caBundle } })),
    }),
  };
}

function readConversion(object: JsonObject, endpoint: WebhookEndpoint): TargetReading {
  const conversion = objectAt(objectAt(object, 'spec'), 'conversion');
  if (textAt(conversion, 'strategy') !== 'Webhook') {
    return { type: 'elsewhere', reason: 'its versions are converted without a webhook' };
  }
  const clientConfig = objectAt(objectAt(conversion, 'webhook'), 'clientConfig');
  if (!isSameEndpoint(clientConfig, endpoint)) {
    return { type: 'elsewhere', reason: `its versions are not converted by ${formatEndpoint(endpoint)}` };
  }
  return {
    type: 'asksUs',
    bundles: [bundleOf(clientConfig)],
    fields: (caBundle) => ({ spec: { conversion: { webhook: { clientConfig: { caBundle } } } } }),
  };
}

function isSameEndpoint(clientConfig: JsonObject, endpoint: WebhookEndpoint): boolean {
  const url = textAt(clientConfig, 'url');
  if (endpoint.type === 'url') return isSameOrigin(url, endpoint.url);
  if (endpoint.type === 'hubPath') return isOneOf(url, endpoint.paths);
  const service = objectAt(clientConfig, 'service');
  const name = textAt(service, 'name');
  const reference = name === undefined ? undefined : { name, namespace: textAt(service, 'namespace') ?? '' };
  return isSameService(reference, endpoint);
}

function isSameOrigin(url: string | undefined, ours: string): boolean {
  return url !== undefined && URL.canParse(url) && new URL(url).origin === new URL(ours).origin;
}

function isOneOf(url: string | undefined, paths: readonly string[]): boolean {
  return url !== undefined && URL.canParse(url) && paths.includes(new URL(url).pathname);
}

function hubOf(object: JsonObject): string | undefined {
  return textAt(objectAt(objectAt(object, 'metadata'), 'annotations'), HUB_ANNOTATION);
}

function formatEndpoint(endpoint: WebhookEndpoint): string {
  if (endpoint.type === 'hubPath') return `the hub at ${endpoint.paths.join(' or ')}`;
  return endpoint.type === 'url' ? endpoint.url : formatService(endpoint);
}

function bundleOf(clientConfig: JsonObject): string {
  return Buffer.from(textAt(clientConfig, 'caBundle') ?? '', 'base64').toString('utf8');
}
