import type { InstallOptions } from '../program/install.ts';
import { parseAddress } from './external-address.ts';
import type { ExternalAddress } from './external-address.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import type { CrdChoice } from './member-crds.ts';
import { CONVERTED_CRDS } from './member-crds.ts';
import { WEBHOOKS_NAME, WEBHOOKS_POD_LABELS, WEBHOOKS_PORT } from './names.ts';
import { RefusedError } from './refused-error.ts';
import { externalService, inClusterService, SERVICE_PORT } from './service-manifests.ts';
import type { FailurePolicy, WebhookWay } from './webhook-manifests.ts';
import { webhookManifests } from './webhook-manifests.ts';
import { webhooksAccess } from './webhooks-access.ts';
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
> & { readonly member: string };

/** Everything that installing webhooks applies in a member, but for the definitions. */
export interface WebhooksPlan {
  readonly way: WebhookWay;
  /** Namespace, account, Service and Deployment: what answers. None in the `url` form, where the hub does. */
  readonly serving: readonly Manifest[];
  /** What makes the kube-apiserver ask. */
  readonly asking: readonly Manifest[];
  readonly crds: CrdChoice;
}

export function planWebhooks(options: WebhooksOptions, caBundle: string | undefined): WebhooksPlan {
  const external = options.externalAddress === undefined ? undefined : parseAddress(options.externalAddress);
  const way = wayOf(options, external, caBundle);
  const failurePolicy: FailurePolicy = options.failurePolicy;
  const { namespace, controllers } = options;
  return {
    way,
    serving: [
      manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
      ...(way.type === 'url' ? [] : servingManifests(options, external)),
    ],
    asking: webhookManifests({ namespace, way, failurePolicy, controllers }),
    crds: { conversion: conversionOf(options, way) },
  };
}

function wayOf(
  { webhooksUrl, member }: WebhooksOptions,
  external: ExternalAddress | undefined,
  caBundle: string | undefined,
): WebhookWay {
  if (webhooksUrl === undefined) return { type: 'service', port: external?.port ?? SERVICE_PORT };
  if (external !== undefined) throw new RefusedError('--external-address and --webhooks-url exclude each other');
  return { type: 'url', base: originOf(webhooksUrl), member, caBundle };
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

function servingManifests(options: WebhooksOptions, external: ExternalAddress | undefined): readonly Manifest[] {
  const { namespace, withV1alpha2 } = options;
  const place = { namespace, name: WEBHOOKS_NAME };
  return [
    ...webhooksAccess(namespace, withV1alpha2 ? CONVERTED_CRDS : []),
    ...(external === undefined
      ? [inClusterService(place, { selector: WEBHOOKS_POD_LABELS, port: WEBHOOKS_PORT }), ...webhooksWorkload(options)]
      : externalService(place, external)),
  ];
}

/** What any way of installing webhooks makes in a member, for taking it away. */
export function everyWebhooksManifest(namespace: string): readonly Manifest[] {
  const every: WebhooksOptions = {
    ...{ namespace, image: '', member: 'any', failurePolicy: 'Fail', withV1alpha2: true },
    ...{ controllers: ['any'], administrators: [], webhooksUrl: undefined, externalAddress: undefined },
  };
  return [every, { ...every, externalAddress: '192.0.2.1:1' }].flatMap((options) => {
    const { serving, asking } = planWebhooks(options, undefined);
    return [...serving, ...asking];
  });
}
