import type { JsonObject } from '../../kube/object.ts';

const PROVIDER_DESCRIPTION = 'One way to reach the cluster.';
const PROVIDER_NAME = {
  description: 'What kind of access this is; consumers map it to the credentials that they have for it.',
  type: 'string',
} as const satisfies JsonObject;
const CLUSTER_DESCRIPTION = 'Where the cluster is reached and how it proves who it is; never holds credentials.';

const SERVER = {
  description: 'URL of the API server: https, a host, and possibly a port and a path.',
  type: 'string',
} as const satisfies JsonObject;
const TLS_SERVER_NAME = {
  description: 'Name that the certificate of the server must have; that of its URL when absent.',
  type: 'string',
} as const satisfies JsonObject;
const PROXY_URL = {
  description: 'URL of the proxy (http, https or socks5) through which the server is reached; none when empty.',
  type: 'string',
} as const satisfies JsonObject;
const EXTENSION_NAME = { description: 'Name of the extension.', type: 'string' } as const satisfies JsonObject;

/** Without what names files: the same in both versions. */
const COMMON_FIELDS: Readonly<Record<string, JsonObject>> = {
  'certificate-authority-data': {
    description: 'PEM certificates of the authorities that the server is trusted by, in base64.',
    type: 'string',
    format: 'byte',
  },
  'disable-compression': { description: 'True asks clients not to accept compressed answers.', type: 'boolean' },
  'insecure-skip-tls-verify': {
    description: 'True asks clients not to check who answers, which makes connections insecure.',
    type: 'boolean',
  },
};

const EXTENSION: JsonObject = {
  description: 'Content of the extension.',
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
};

/** v1alpha1: a Cluster of a kubeconfig as it is. */
const V1ALPHA1_CLUSTER: JsonObject = {
  description: CLUSTER_DESCRIPTION,
  type: 'object',
  required: ['server'],
  properties: {
    ...COMMON_FIELDS,
    'certificate-authority': { description: 'Path of a file, which has no meaning here.', type: 'string' },
    extensions: {
      description: 'Further settings for consumers, by name.',
      type: 'array',
      items: {
        description: 'One extension.',
        type: 'object',
        required: ['extension', 'name'],
        properties: { extension: EXTENSION, name: EXTENSION_NAME },
      },
    },
    'proxy-url': PROXY_URL,
    server: SERVER,
    'tls-server-name': TLS_SERVER_NAME,
  },
};

const V1ALPHA2_CLUSTER: JsonObject = {
  description: CLUSTER_DESCRIPTION,
  type: 'object',
  required: ['server'],
  properties: {
    ...COMMON_FIELDS,
    extensions: {
      description: 'Further settings for consumers, by name.',
      type: 'array',
      items: {
        description: 'One extension.',
        type: 'object',
        required: ['extension', 'name'],
        properties: { extension: EXTENSION, name: { ...EXTENSION_NAME, minLength: 1, maxLength: 253 } },
      },
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
    },
    'proxy-url': {
      ...PROXY_URL,
      maxLength: 2048,
      'x-kubernetes-validations': [
        {
          rule: "self == '' || (isURL(self) && url(self).getScheme() in ['http', 'https', 'socks5'] && url(self).getHost() != '')",
          message: 'must be an http, https or socks5 URL with a host',
        },
      ],
    },
    server: {
      ...SERVER,
      maxLength: 2048,
      'x-kubernetes-validations': [
        { rule: "isURL(self) && url(self).getHost() != ''", message: 'must be a URL with a host' },
      ],
    },
    'tls-server-name': { ...TLS_SERVER_NAME, maxLength: 253 },
  },
};

function providersSchema(description: string, item: JsonObject, bounds: JsonObject): JsonObject {
  return {
    description,
    type: 'array',
    ...bounds,
    items: item,
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-list-type': 'map',
  };
}

export function v1alpha1ProvidersSchema(description: string): JsonObject {
  const item: JsonObject = {
    description: PROVIDER_DESCRIPTION,
    type: 'object',
    required: ['name'],
    properties: { cluster: V1ALPHA1_CLUSTER, name: PROVIDER_NAME },
  };
  return providersSchema(description, item, {});
}

export function v1alpha2ProvidersSchema(description: string): JsonObject {
  const item: JsonObject = {
    description: PROVIDER_DESCRIPTION,
    type: 'object',
    required: ['cluster', 'name'],
    properties: { cluster: V1ALPHA2_CLUSTER, name: { ...PROVIDER_NAME, minLength: 1, maxLength: 253 } },
  };
  return providersSchema(description, item, { maxItems: 64 });
}
