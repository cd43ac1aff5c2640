import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestUser } from '../src/kube/request-user.ts';
import type { KindDefinition, VersionDefinition } from '../src/resources/definition.ts';
import type { JsonObject, ObjectKey, ObjectMeta } from '../src/kube/object.ts';

/** A definition under the group name it is served as. */
export interface ServedResource {
  /** '' is the core group, which lives under /api instead of /apis. */
  readonly group: string;
  readonly definition: KindDefinition;
}

/** A request below /apis/G/V/… after routing, authentication and authorization. */
export interface ResourceRequest {
  readonly served: ServedResource;
  /** The member whose own objects are meant, by their own names; undefined for the rows of all members. */
  readonly member?: string;
  readonly version: VersionDefinition;
  /** RBAC verb: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** '' for the cluster-wide path. */
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly query: URLSearchParams;
  readonly user: RequestUser;
  readonly auditId: string;
}

/** Answers one resource request completely, errors included only by throwing ApiStatusError before the head is sent. */
export type ResourceHandler = (
  request: ResourceRequest,
  message: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** What is asked of a subresource that answers with a kind of its own. */
export interface SubresourceRequest {
  /** Plural name of the parent. */
  readonly resource: string;
  readonly subresource: string;
  /** '' for kinds without namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly user: RequestUser;
}

/** An answer without its type, which follows from the definition. */
export interface SubresourceContent {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Where the answers of such subresources come from. Both may throw ApiStatusError. */
export interface SubresourceAnswers {
  /** Undefined: there is no such parent. */
  readonly get: (request: SubresourceRequest) => SubresourceContent | undefined;
  /** `body` has been read and is of the subresource's own kind; whether the parent must exist is decided here. */
  readonly create: (request: SubresourceRequest, body: JsonObject) => SubresourceContent | Promise<SubresourceContent>;
}

/** What the data paths need to know about the members, asked per request; must be cheap (no work per member). */
export interface ClusterSetFreshness {
  /** undefined once data may be served; before the first sync the whole seconds for Retry-After (429). */
  readonly retryAfterSeconds: () => number | undefined;
  /** Warning text while members are stale or were never seen (at most five named, a count, minute of last contact). */
  readonly staleWarning: () => string | undefined;
  /** Names of registered members whose content is unknown and that could hold this key; [] means a 404 is the truth. */
  readonly couldHold: (definition: KindDefinition, key: ObjectKey) => readonly string[];
}

/** A named readiness or liveness check: undefined means it passes, otherwise the reason for our own log. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => string | undefined;
  /** True: a failure is shown, and leaves the endpoint healthy. It is for whoever finds it to log. Default false. */
  readonly isNotice?: boolean;
}
