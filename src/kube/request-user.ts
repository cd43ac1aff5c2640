/** Who asks, as the front proxy, a client certificate or a TokenReview says. */
export interface RequestUser {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What is asked, in the terms of RBAC. Resource and non-resource requests are told apart by `type`. */
export type RequestAction =
  | {
      readonly type: 'resource';
      readonly verb: string;
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'nonResource'; readonly verb: string; readonly path: string };

/** `error` means that the authorizer could not be asked: the request is answered 500, never allowed. */
export type AuthorizationDecision =
  | { readonly type: 'allow' }
  | { readonly type: 'deny'; readonly reason: string }
  | { readonly type: 'error'; readonly message: string };

export type Authorize = (user: RequestUser, action: RequestAction) => Promise<AuthorizationDecision>;
