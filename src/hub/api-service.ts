import type { JsonObject } from '../kube/object.ts';
import { objectAt, objectsAt, textAt } from './hub-request.ts';

export const API_SERVICES_PATH = '/apis/apiregistration.k8s.io/v1/apiservices';

/** Where an APIService sends its requests; undefined in `ApiServiceState` means kube-apiserver itself (CRDs). */
export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
}

export interface ApiServiceState {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServiceReference | undefined;
  /** PEM; '' when there is none. */
  readonly caBundle: string;
  readonly skipsVerification: boolean;
}

export function parseApiService(object: JsonObject): ApiServiceState {
  const metadata = objectAt(object, 'metadata');
  const spec = objectAt(object, 'spec');
  const service = objectAt(spec, 'service');
  const serviceName = textAt(service, 'name');
  return {
    name: textAt(metadata, 'name') ?? '',
    group: textAt(spec, 'group') ?? '',
    version: textAt(spec, 'version') ?? '',
    service:
      serviceName === undefined ? undefined : { namespace: textAt(service, 'namespace') ?? '', name: serviceName },
    caBundle: Buffer.from(textAt(spec, 'caBundle') ?? '', 'base64').toString('utf8'),
    skipsVerification: spec['insecureSkipTLSVerify'] === true,
  };
}

export function isSameService(a: ServiceReference | undefined, b: ServiceReference): boolean {
  return a?.namespace === b.namespace && a.name === b.name;
}

export function formatService(service: ServiceReference | undefined): string {
  return service === undefined ? 'kube-apiserver itself (CRDs)' : `Service ${service.namespace}/${service.name}`;
}

/** A CustomResourceDefinition as far as it concerns us. */
export interface DefinitionState {
  readonly name: string;
  readonly group: string;
  readonly servedVersions: readonly string[];
}

export function parseDefinition(object: JsonObject): DefinitionState {
  const spec = objectAt(object, 'spec');
  return {
    name: textAt(objectAt(object, 'metadata'), 'name') ?? '',
    group: textAt(spec, 'group') ?? '',
    servedVersions: objectsAt(spec, 'versions').flatMap((version) => {
      const name = textAt(version, 'name');
      return version['served'] === true && name !== undefined ? [name] : [];
    }),
  };
}
