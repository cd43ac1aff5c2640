import type { Setting } from './setting.ts';

export const SERVING = [
  {
    path: 'serving.bindAddress',
    flag: 'bind-address',
    kind: 'string',
    default: '0.0.0.0',
    description: 'IP address to listen on. With the embedded example the default is 127.0.0.1.',
  },
  {
    path: 'serving.securePort',
    flag: 'secure-port',
    kind: 'integer',
    unit: 'TCP port',
    default: 6443,
    minimum: 0,
    maximum: 65535,
    description:
      'HTTPS port; 0 takes any free one, as the embedded example does by itself when the default port is taken. With webhooks.only the default is 8443.',
  },
  {
    path: 'serving.tlsCertFile',
    flag: 'tls-cert-file',
    kind: 'string',
    description:
      'PEM file of the serving certificate and its chain; re-read when it changes. Without it our own CA issues one.',
  },
  {
    path: 'serving.tlsPrivateKeyFile',
    flag: 'tls-private-key-file',
    kind: 'string',
    description: 'PEM file of the key of tls-cert-file.',
  },
  {
    path: 'serving.caFile',
    flag: 'tls-ca-file',
    kind: 'string',
    description:
      'PEM file of what the hub has to trust for tls-cert-file, such as ca.crt of a mounted Secret. Default: the authorities inside tls-cert-file.',
  },
  {
    path: 'serving.clientCaFile',
    flag: 'client-ca-file',
    kind: 'string',
    description:
      'PEM file of the CA whose client certificates are accepted directly (user = CN, groups = O). Default: what the hub publishes; stand-alone: our own CA.',
  },
  {
    path: 'serving.dnsNames',
    kind: 'strings',
    default: [],
    description: 'Further DNS names or IP addresses in the certificate that we issue ourselves.',
  },
  {
    path: 'serving.serviceName',
    kind: 'string',
    default: 'clusterset-apiserver',
    description:
      'Name of our Service on the hub; the aggregator verifies <serviceName>.<hub.namespace>.svc. With webhooks.only it is that in the member, by default clusterset-webhooks.',
  },
  {
    path: 'serving.caBundleInjection',
    flag: 'ca-bundle-injection',
    kind: 'choice',
    choices: ['self', 'cert-manager', 'none'],
    default: 'self',
    description:
      'Who writes caBundle of the objects that lead a kube-apiserver to us: we ourselves, the injector of cert-manager, or none of both. We only look at what is not ours to write.',
  },
  {
    path: 'serving.keyAlgorithm',
    kind: 'choice',
    choices: ['ecdsa-p256', 'rsa-2048'],
    default: 'ecdsa-p256',
    description: 'Keys of the certificates that we issue ourselves; holds from the next issue on.',
  },
  {
    path: 'serving.rotationSettleSeconds',
    kind: 'integer',
    unit: 'seconds',
    default: 30,
    minimum: 0,
    maximum: 86_400,
    description:
      'How long after the last caBundle was read back a new CA of ours begins to sign; kube-apiservers learn of a changed caBundle by watching.',
  },
  {
    path: 'serving.rotationRetireSeconds',
    kind: 'integer',
    unit: 'seconds',
    default: 60,
    minimum: 0,
    maximum: 86_400,
    description:
      'How long an old CA of ours stays in every caBundle after its last certificate was replaced. Where several processes share the certificates it is at least 600.',
  },
  {
    path: 'serving.kubeconfigFile',
    flag: 'write-kubeconfig',
    kind: 'string',
    description:
      'Stand-alone only: where the kubeconfig of our own API is written (default: kubeconfig in the durable directory).',
  },
] as const satisfies readonly Setting[];

export const REQUEST_HEADER = [
  {
    path: 'requestHeader.clientCaFile',
    flag: 'requestheader-client-ca-file',
    kind: 'string',
    description:
      'PEM file of the front-proxy CA. Default: what the hub publishes in extension-apiserver-authentication.',
  },
  {
    path: 'requestHeader.allowedNames',
    flag: 'requestheader-allowed-names',
    kind: 'strings',
    description: 'Common names that the front proxy may have; an empty list means any certificate of that CA.',
  },
  {
    path: 'requestHeader.usernameHeaders',
    flag: 'requestheader-username-headers',
    kind: 'strings',
    description: 'Headers that carry the user name.',
  },
  {
    path: 'requestHeader.uidHeaders',
    flag: 'requestheader-uid-headers',
    kind: 'strings',
    description: 'Headers that carry the user uid.',
  },
  {
    path: 'requestHeader.groupHeaders',
    flag: 'requestheader-group-headers',
    kind: 'strings',
    description: 'Headers that carry one group each.',
  },
  {
    path: 'requestHeader.extraHeadersPrefix',
    flag: 'requestheader-extra-headers-prefix',
    kind: 'strings',
    description: 'Prefixes of headers that carry extra attributes of the user.',
  },
] as const satisfies readonly Setting[];
