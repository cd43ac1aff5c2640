import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { RequestAction } from '../../src/kube/request-user.ts';
import { legacyDocument } from '../documents/answer.ts';
import type { Documents } from '../documents/types.ts';
import type { ServedResource } from '../types.ts';
import type { AcceptedTarget } from './request-target.ts';

/** What is served below /clusters/NAME. */
export interface MemberViews {
  /** Under the groups that members have them in. */
  readonly served: readonly ServedResource[];
  readonly documents: Documents;
  readonly isMember: (name: string) => boolean;
  /** The group that the rows of a kind are served under. */
  readonly rowGroup: (resource: string) => string | undefined;
}

/** A request below /clusters/NAME, and what follows that as a target of its own. */
export interface ViewTarget {
  readonly member: string;
  readonly prefix: string;
  readonly target: AcceptedTarget;
}

const ROOT = 'clusters';
const INDEX_PATH = '/openapi/v3';

/** Undefined for every other path; /clusters alone is nothing. */
export function viewTarget(target: AcceptedTarget): ViewTarget | undefined {
  const [root, member, ...segments] = target.segments;
  if (root !== ROOT || member === undefined) return undefined;
  const path = `/${segments.join('/')}${target.trailingSlash && segments.length > 0 ? '/' : ''}`;
  return { member, prefix: `/${ROOT}/${encodeURIComponent(member)}`, target: { ...target, path, segments } };
}

/**
 * What must be allowed: the same as through the row, so that there is one set of rules for both ways. Documents are as
 * open as those at the root.
 */
export function actionOnRow(action: RequestAction, member: string, { rowGroup }: MemberViews): RequestAction {
  if (action.type === 'nonResource') return action;
  return {
    ...action,
    group: rowGroup(action.resource) ?? action.group,
    name: action.name === '' ? '' : `${member}.${action.name}`,
  };
}

export function noMember(member: string): ApiStatusError {
  return new ApiStatusError('NotFound', `no member cluster "${member}" is registered`);
}

/** A view has no core group, and says so. */
const NO_CORE = legacyDocument({ kind: 'APIVersions', versions: [], serverAddressByClientCIDRs: [] });

/** The index of OpenAPI names its documents from the root of the server; in a view they are the view's own. */
export function documentsBelow(documents: Documents, prefix: string): Documents {
  return {
    paths: documents.paths,
    answer: (path, request) => {
      if (path === '/api') return NO_CORE(request);
      if (path !== INDEX_PATH) return documents.answer(path, request);
      const answer = documents.answer(path, { ...request, ifNoneMatch: undefined, acceptEncoding: undefined });
      if (answer?.status !== 200) return answer;
      const left = new Set(['etag', 'content-length']);
      return {
        ...answer,
        headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !left.has(name))),
        body: Buffer.from(answer.body.toString('utf8').replaceAll(`"${INDEX_PATH}/`, () => `"${prefix}${INDEX_PATH}/`)),
      };
    },
  };
}
