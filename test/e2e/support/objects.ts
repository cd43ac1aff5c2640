/** Manifests that tests apply in members. */
export function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

export function service(
  namespaceName: string,
  name: string,
  options: { readonly ports?: readonly Port[]; readonly headless?: boolean } & Record<string, unknown> = {},
): object {
  const { ports = [{ name: 'http', port: 80 }], headless = false, ...spec } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceName },
    spec: { selector: { app: name }, ports, ...(headless ? { clusterIP: 'None' } : {}), ...spec },
  };
}

export function serviceExport(namespaceName: string, name: string, spec: Record<string, unknown> = {}): object {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: { name, namespace: namespaceName },
    spec,
  };
}
