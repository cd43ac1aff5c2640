import type { SubresourceAnswers, SubresourceRequest } from '../../../apiservice/types.ts';
import { notFound } from '../../kube/api-errors.ts';

/** What one subresource can answer; a verb that discovery does not show is never asked. */
export type OneSubresource = Partial<SubresourceAnswers>;

/** The answers of all subresources that have a kind of their own, by `<resource>/<subresource>`. */
export function combineAnswers(subresources: Readonly<Record<string, OneSubresource>>): SubresourceAnswers {
  const find = ({ resource, subresource }: SubresourceRequest): OneSubresource | undefined =>
    subresources[`${resource}/${subresource}`];
  return {
    get: (request) => find(request)?.get?.(request),
    create: (request, body) => {
      const create = find(request)?.create;
      if (create === undefined) throw notFound({ group: '', resource: request.resource }, request.name);
      return create(request, body);
    },
  };
}
