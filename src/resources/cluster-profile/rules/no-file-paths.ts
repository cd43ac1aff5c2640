import { fieldForbidden } from '../../../kube/api-errors.ts';
import { isJsonList, isJsonObject, type JsonValue } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';

const PATH = 'certificate-authority';
const LISTS = ['accessProviders', 'credentialProviders'] as const;

/** A file of whoever wrote the profile is no file of whoever reads it (KEP-4322). */
export const noFilePaths: AdmissionRule = {
  name: 'no-file-paths',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  evaluate: (request) => {
    const { status } = subjectOf(request);
    const fields = isJsonObject(status) ? LISTS.flatMap((name) => pathsIn(status[name], `status.${name}`)) : [];
    const text = 'file paths have no meaning here; use certificate-authority-data';
    return denyFor(fields.map((field) => fieldForbidden(field, text)));
  },
};

function pathsIn(providers: JsonValue | undefined, field: string): readonly string[] {
  if (!isJsonList(providers)) return [];
  return providers.flatMap((provider, index) => {
    const cluster = isJsonObject(provider) ? provider['cluster'] : undefined;
    const path = isJsonObject(cluster) ? (cluster[PATH] ?? '') : '';
    return path === '' ? [] : [`${field}[${index}].cluster.${PATH}`];
  });
}
