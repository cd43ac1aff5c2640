import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

/** What is asked of whoever reviews identities and rights, under the names that kube-apiserver's libraries use. */
export interface ReviewMetrics {
  readonly authentication: (code: string) => void;
  readonly authorization: (code: string) => void;
}

export function createReviewMetrics(registry: Registry): ReviewMetrics {
  const counter = (name: string, help: string): ((code: string) => void) => {
    const requests = new Counter({ name, help, labelNames: ['code'], registers: [registry] });
    return (code) => requests.inc({ code });
  };
  return {
    authentication: counter('apiserver_delegated_authn_request_total', 'TokenReviews by the code of their answer.'),
    authorization: counter(
      'apiserver_delegated_authz_request_total',
      'SubjectAccessReviews by the code of their answer.',
    ),
  };
}
