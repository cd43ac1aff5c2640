import type { AdmissionOperation, AdmissionSubject, MatchCondition, RuleEffect } from '../../resources/index.ts';
import { ADMISSION_SUBJECTS, definitions, webhookMatchConditions } from '../../resources/index.ts';
import { HUB_ANNOTATION, IMPORTED_SERVICE_LABEL } from '../../kube/domain.ts';
import { isJsonList, isJsonObject } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { memberWebhookPath, WEBHOOK_PATHS } from '../../../webhooks/index.ts';
import type { Manifest } from './manifest.ts';
import { manifest, withAnnotations } from './manifest.ts';
import type { AskedWrites } from './operator-rules.ts';
import { ADVICE_CONFIGURATION, ADVICE_WEBHOOK, SAFETY_CONFIGURATION, SAFETY_WEBHOOK, WEBHOOKS_NAME } from './names.ts';

/** Whether a write passes that nobody judged. */
export type FailurePolicy = 'Fail' | 'Ignore';

/** How the member's kube-apiserver reaches the webhooks: the Service in our namespace there, or an address. */
export type WebhookWay =
  | { readonly type: 'service'; readonly port: number }
  /** `https://host:port` of the hub; what is known of it if install is told where it is. */
  | { readonly type: 'url'; readonly base: string; readonly member: string; readonly hub: AskedHub | undefined };

/** The hub that a member asks by url. */
export interface AskedHub {
  /** uid of its namespace kube-system: by this its server knows what is its own to keep. */
  readonly identity: string;
  /** Base64, as its APIService has it; undefined while no server has written it. */
  readonly caBundle: string | undefined;
}

export interface WebhookOptions {
  readonly namespace: string;
  readonly way: WebhookWay;
  readonly failurePolicy: FailurePolicy;
  /** Without users of an MCS implementation nothing is asked about imported EndpointSlices. */
  readonly controllers: readonly string[];
}

/** A denial may wait for the hub to decide a join. */
const SAFETY_TIMEOUT_SECONDS = 5;
/** Advice is not worth more of anybody's time. */
const ADVICE_TIMEOUT_SECONDS = 1;
const ALL_OPERATIONS: readonly AdmissionOperation[] = ['CREATE', 'UPDATE', 'DELETE'];

/** What differs between the two configurations. */
interface Configuration {
  readonly name: string;
  readonly webhook: string;
  readonly effect: RuleEffect;
  readonly path: 'safety' | 'advice';
  readonly failurePolicy: FailurePolicy;
  readonly timeoutSeconds: number;
}

/** The two ValidatingWebhookConfigurations of a member. The caBundle of a Service is for the server to fill in. */
export function webhookManifests(options: WebhookOptions): readonly Manifest[] {
  const safety: Configuration = {
    ...{ name: SAFETY_CONFIGURATION, webhook: SAFETY_WEBHOOK, effect: 'deny', path: 'safety' },
    failurePolicy: options.failurePolicy,
    timeoutSeconds: SAFETY_TIMEOUT_SECONDS,
  };
  const advice: Configuration = {
    ...{ name: ADVICE_CONFIGURATION, webhook: ADVICE_WEBHOOK, effect: 'warn', path: 'advice' },
    failurePolicy: 'Ignore',
    timeoutSeconds: ADVICE_TIMEOUT_SECONDS,
  };
  return [safety, advice].map((configuration) => {
    const webhooks = ADMISSION_SUBJECTS.flatMap((subject) => webhooksFor(subject, configuration, options));
    const { name } = configuration;
    const head = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name };
    const { way } = options;
    const hub = way.type === 'url' ? way.hub : undefined;
    const object = manifest(head, { webhooks });
    return hub === undefined ? object : withAnnotations(object, { [HUB_ANNOTATION]: hub.identity });
  });
}

/** The object itself and each subresource are asked about apart, because other operations matter there. */
function webhooksFor(
  subject: AdmissionSubject,
  configuration: Configuration,
  options: WebhookOptions,
): readonly JsonObject[] {
  if (subject.resource === 'endpointslices' && options.controllers.length === 0) return [];
  const names = new Set(['', ...subject.rules.flatMap(({ subresources = [''] }) => subresources)]);
  return [...names].flatMap((subresource) => {
    const operations = operationsOf(subject, configuration.effect, subresource);
    if (operations.length === 0) return [];
    return [webhook({ subject, subresource, operations }, configuration, options)];
  });
}

/** What these configurations make a kube-apiserver ask about. */
export function askedWrites(configurations: readonly Manifest[]): readonly AskedWrites[] {
  return configurations.flatMap(({ metadata, webhooks }) =>
    objectsIn(webhooks)
      .flatMap(({ rules }) => objectsIn(rules))
      .flatMap(({ apiGroups, resources, operations }) =>
        textsIn(apiGroups).flatMap((group) =>
          textsIn(resources).map((resource) => ({
            ...{ group, resource, operations: textsIn(operations) },
            denials: metadata.name === SAFETY_CONFIGURATION,
          })),
        ),
      ),
  );
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonList(value) ? value.filter(isJsonObject) : [];
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  return isJsonList(value) ? value.filter((one) => typeof one === 'string') : [];
}

/**
 * Those that some rule looks at. About our own kinds always all: operators add rules of their own without installing
 * anything anew.
 */
function operationsOf(
  subject: AdmissionSubject,
  effect: RuleEffect,
  subresource: string,
): readonly AdmissionOperation[] {
  if (subresource === '' && isOurKind(subject)) return ALL_OPERATIONS;
  const rules = subject.rules.filter(
    ({ effects, subresources = [''] }) => effects.includes(effect) && subresources.includes(subresource),
  );
  return ALL_OPERATIONS.filter((operation) => rules.some(({ operations }) => operations.includes(operation)));
}

function isOurKind({ resource }: AdmissionSubject): boolean {
  return definitions.some((definition) => definition.resource === resource);
}

interface Question {
  readonly subject: AdmissionSubject;
  readonly subresource: string;
  readonly operations: readonly AdmissionOperation[];
}

function webhook(question: Question, configuration: Configuration, options: WebhookOptions): JsonObject {
  const { subject, subresource, operations } = question;
  const { group, askedVersions, resource, scope } = subject;
  const { path, timeoutSeconds } = configuration;
  const prefix = subresource === '' ? resource : `${resource}-${subresource}`;
  return {
    name: `${prefix}.${configuration.webhook}`,
    clientConfig: clientConfig(options, path),
    rules: [
      {
        apiGroups: [group],
        apiVersions: askedVersions,
        operations,
        resources: [subresource === '' ? resource : `${resource}/${subresource}`],
        scope,
      },
    ],
    failurePolicy: failurePolicyOf(question, configuration, options),
    // Any version that a client uses is asked about, also one that is not listed.
    matchPolicy: 'Equivalent',
    ...selectors(subject, options.namespace),
    // A join that is asked for reserves the identity on the hub for some seconds; a dry run does not.
    sideEffects: path === 'safety' && resource === 'clusterproperties' ? 'NoneOnDryRun' : 'None',
    timeoutSeconds,
    admissionReviewVersions: ['v1'],
    matchConditions: [...webhookMatchConditions(resource), ...ownConditions(resource)].map((one) => ({ ...one })),
  };
}

/** What a member's MCS implementation writes must not wait for us while nobody has said which users it has. */
function failurePolicyOf(
  { subject, subresource }: Question,
  { failurePolicy }: Configuration,
  { controllers }: WebhookOptions,
): FailurePolicy {
  const isItsOwn = subresource === 'status' || subject.resource === 'serviceimports';
  return isItsOwn && controllers.length === 0 ? 'Ignore' : failurePolicy;
}

function clientConfig({ namespace, way }: WebhookOptions, path: 'safety' | 'advice'): JsonObject {
  if (way.type === 'service') {
    return { service: { namespace, name: WEBHOOKS_NAME, path: WEBHOOK_PATHS[path], port: way.port } };
  }
  const url = `${way.base.replace(/\/+$/, '')}${memberWebhookPath(way.member, path)}`;
  const caBundle = way.hub?.caBundle;
  return { url, ...(caBundle === undefined ? {} : { caBundle }) };
}

/**
 * What keeps the cluster alive while nobody answers: our own namespace is never asked about, so that we can start; of
 * what Kubernetes needs itself, nothing in kube-system, and of EndpointSlices only imported ones.
 */
function selectors(subject: AdmissionSubject, namespace: string): JsonObject {
  if (subject.scope === 'Cluster') return {};
  const values = isOurKind(subject) ? [namespace] : [namespace, 'kube-system'];
  const namespaceSelector = {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values }],
  };
  if (subject.resource !== 'endpointslices') return { namespaceSelector };
  const imported = { key: IMPORTED_SERVICE_LABEL, operator: 'Exists' };
  return { namespaceSelector, objectSelector: { matchExpressions: [imported] } };
}

/** Controllers write the status and the labels of Services all the time: that is nothing to give advice on. */
function ownConditions(resource: string): readonly MatchCondition[] {
  if (resource !== 'services') return [];
  const expression = "request.operation != 'UPDATE' || object.spec != oldObject.spec";
  return [{ name: 'spec-changes', expression }];
}
