import type { AdmissionWords } from '../program/admission-words.ts';
import type { InstallOptions } from '../program/install.ts';
import type { CertManagerIssuer, CertManagerWords } from './certificate-issuer.ts';
import { certificateManifest, issuerOf, withInjection } from './certificate-issuer.ts';
import { parseAddress } from './external-address.ts';
import type { ExternalAddress } from './external-address.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import type { CrdChoice } from './member-crds.ts';
import { CONVERTED_CRDS } from './member-crds.ts';
import { WEBHOOKS_NAME, WEBHOOKS_POD_LABELS, WEBHOOKS_PORT } from './names.ts';
import type { GivenRules } from './operator-rules.ts';
import { ANY_RULES, rulesManifests } from './operator-rules.ts';
import { RefusedError } from './refused-error.ts';
import { externalService, inClusterService, SERVICE_PORT } from './service-manifests.ts';
import type { AskedHub, FailurePolicy, WebhookWay } from './webhook-manifests.ts';
import { webhookManifests } from './webhook-manifests.ts';
import { hubBundlesAccess, webhooksAccess } from './webhooks-access.ts';
import { webhooksWorkload } from './webhooks-workload.ts';

/** What installing webhooks in a member was told. */
export type WebhooksOptions = Pick<
  InstallOptions,
  | 'namespace'
  | 'image'
  | 'externalAddress'
  | 'webhooksUrl'
  | 'failurePolicy'
  | 'withV1alpha2'
  | 'controllers'
  | 'administrators'
> &
  AdmissionWords &
  CertManagerWords &
  Partial<Pick<InstallOptions, 'apiGroup' | 'aboutApiGroup'>> & {
    readonly member: string;
    /** The operator's own admission rules; webhooks outside the member read their own file. */
    readonly operatorRules?: GivenRules | undefined;
  };

/** Everything that installing webhooks applies in a member, but for the definitions. */
export interface WebhooksPlan {
  readonly way: WebhookWay;
  /** Namespace, account, Service and Deployment: what answers. In the `url` form only the rights of the hub, which does. */
  readonly serving: readonly Manifest[];
  /** What makes the kube-apiserver ask. */
  readonly asking: readonly Manifest[];
  readonly crds: CrdChoice;
  readonly operatorRules: GivenRules | undefined;
}

export function planWebhooks(options: WebhooksOptions, hub: AskedHub | undefined): WebhooksPlan {
  const external = options.externalAddress === undefined ? undefined : parseAddress(options.externalAddress);
  const way = wayOf(options, external, hub);
  const failurePolicy: FailurePolicy = options.failurePolicy;
  const { namespace, controllers } = options;
  const issuer = issuerOf(options, elsewhere(options));
  return {
    way,
    operatorRules: options.operatorRules,
    serving: [
      manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
      ...(way.type === 'url' ? hubBundlesAccess(namespace) : servingManifests(options, { external, issuer })),
    ],
    asking: webhookManifests({ namespace, way, failurePolicy, controllers }).map((object) =>
      withInjection(object, { namespace, name: WEBHOOKS_NAME }, issuer),
    ),
    crds: {
      conversion: conversionOf(options, way),
      annotated: (crd) => withInjection(crd, { namespace, name: WEBHOOKS_NAME }, issuer),
    },
  };
}

/** The option by which no pod of ours answers in the member. */
function elsewhere({ externalAddress, webhooksUrl }: WebhooksOptions): string | undefined {
  if (webhooksUrl !== undefined) return '--webhooks-url';
  return externalAddress === undefined ? undefined : '--external-address';
}

function wayOf(
  { webhooksUrl, member, operatorRules }: WebhooksOptions,
  external: ExternalAddress | undefined,
  hub: AskedHub | undefined,
): WebhookWay {
  if (webhooksUrl === undefined) return { type: 'service', port: external?.port ?? SERVICE_PORT };
  if (operatorRules !== undefined) {
    throw new RefusedError(
      '--rules and --webhooks-url exclude each other: the server on the hub judges by its own rules',
    );
  }
  if (external !== undefined) throw new RefusedError('--external-address and --webhooks-url exclude each other');
  return { type: 'url', base: originOf(webhooksUrl), member, hub };
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Nothing but scheme, host and port: paths are ours to add.
  if (url?.protocol !== 'https:' || `${url.origin}/` !== url.href) {
    throw new RefusedError(`--webhooks-url must be https://HOST:PORT, got "${text}"`);
  }
  return url.origin;
}

function conversionOf({ withV1alpha2, namespace }: WebhooksOptions, way: WebhookWay): CrdChoice['conversion'] {
  if (!withV1alpha2) return undefined;
  if (way.type === 'url') {
    throw new RefusedError(
      '--with-v1alpha2 needs the webhooks in the member, without --webhooks-url: it must read its own objects without the hub',
    );
  }
  const service = { namespace, name: WEBHOOKS_NAME, path: '/convert', port: way.port };
  return { type: 'Webhook', clientConfig: { service } };
}

function servingManifests(
  options: WebhooksOptions,
  {
    external,
    issuer,
  }: { readonly external: ExternalAddress | undefined; readonly issuer: CertManagerIssuer | undefined },
): readonly Manifest[] {
  const { namespace, withV1alpha2, operatorRules } = options;
  const place = { namespace, name: WEBHOOKS_NAME };
  return [
    ...webhooksAccess(namespace, withV1alpha2 ? CONVERTED_CRDS : []),
    ...(issuer === undefined ? [] : [certificateManifest(place, issuer)]),
    ...(external === undefined
      ? [
          ...rulesManifests(place, operatorRules),
          inClusterService(place, { selector: WEBHOOKS_POD_LABELS, port: WEBHOOKS_PORT }),
          ...webhooksWorkload({ ...options, issuer, hasRules: operatorRules !== undefined }),
        ]
      : externalService(place, external)),
  ];
}

/** What any way of installing webhooks makes in a member, for taking it away. */
export function everyWebhooksManifest(namespace: string): readonly Manifest[] {
  const every: WebhooksOptions = {
    ...{ namespace, image: '', member: 'any', failurePolicy: 'Fail', withV1alpha2: true },
    ...{ controllers: ['any'], administrators: [], webhooksUrl: undefined, externalAddress: undefined },
    ...{ certManagerIssuer: undefined, certManagerIssuerKind: 'Issuer' },
  };
  const ways = [
    { ...every, certManagerIssuer: 'any', operatorRules: ANY_RULES },
    { ...every, externalAddress: '192.0.2.1:1' },
    { ...every, withV1alpha2: false, webhooksUrl: 'https://192.0.2.1:1' },
  ];
  return ways.flatMap((options) => {
    const { serving, asking } = planWebhooks(options, undefined);
    return [...serving, ...asking];
  });
}
