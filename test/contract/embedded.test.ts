import { nodeTimer } from '../../apiservice/index.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { EMBEDDED_KINDS } from '../../src/embedded/index.ts';
import { startEmbeddedMember } from '../support/embedded-member.ts';
import { describeContract } from './contract.ts';
import type { ContractTarget } from './target.ts';

/** Watches that last a second elsewhere end so much sooner here, and reads of future revisions give up sooner. */
const TIMERS_FASTER = 40;
const FUTURE_REVISION_MS = 50;

const NAMESPACES = ['apps', 'infra'];
const served = EMBEDDED_KINDS.map((kind) => kind.served).filter(({ group }) => group !== '');

async function startTarget(): Promise<ContractTarget> {
  const { member, url, ca, admin } = await startEmbeddedMember('east', {
    timer: (callback, delayMs) => nodeTimer(callback, delayMs / TIMERS_FASTER),
    limits: { futureRevisionMs: FUTURE_REVISION_MS },
  });
  member.seed(NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  member.seed(served.flatMap(samples));
  return {
    baseUrl: url,
    tls: { ca, ...admin },
    close: () => {
      member.close();
      return Promise.resolve();
    },
  };
}

function samples({ group, definition }: (typeof served)[number]): readonly KubeObject[] {
  return NAMESPACES.map((namespace) => ({
    apiVersion: `${group}/${definition.storageVersion}`,
    kind: definition.kind,
    metadata: {
      name: `east.${namespace}`,
      ...(definition.scope === 'Namespaced' ? { namespace } : {}),
      labels: { app: namespace },
    },
  }));
}

describeContract('an embedded member', served, startTarget);
