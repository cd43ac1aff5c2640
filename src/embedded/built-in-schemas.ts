import type { JsonObject } from '../kube/object.ts';

/** Any fields. */
const ANYTHING: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function text(description: string): JsonObject {
  return { description, type: 'string' };
}

function integer(description: string): JsonObject {
  return { description, type: 'integer' };
}

function flag(description: string): JsonObject {
  return { description, type: 'boolean' };
}

function list(description: string, items: JsonObject): JsonObject {
  return { description, type: 'array', items };
}

function texts(description: string): JsonObject {
  return list(description, { description: 'One of them.', type: 'string' });
}

function map(description: string): JsonObject {
  return { description, type: 'object', additionalProperties: { type: 'string' } };
}

function record(description: string, properties: JsonObject): JsonObject {
  return { description, type: 'object', properties };
}

export const NAMESPACE_SCHEMA = record('A scope for names within one cluster.', {
  spec: record('What is wanted.', { finalizers: texts('Who must empty it before it goes.') }),
  status: record('What is observed.', {
    phase: text('Active, or Terminating on its way out.'),
    conditions: list('Why it is not gone yet.', ANYTHING),
  }),
});

const SERVICE_PORT = record('One port.', {
  name: text('A DNS label, unique in the Service. May be absent for a single port.'),
  protocol: text('TCP, UDP or SCTP.'),
  port: integer('The number that clients connect to.'),
  targetPort: { description: 'Number or name of the port of the pods.', 'x-kubernetes-int-or-string': true },
  nodePort: integer('The number on every node. An embedded member has no nodes and gives none out.'),
  appProtocol: text('Application protocol, a hint for implementations.'),
});

export const SERVICE_SCHEMA = record('A name and address for a set of pods.', {
  spec: record('What is wanted.', {
    allocateLoadBalancerNodePorts: flag('Whether load balancers need node ports.'),
    clusterIP: text('Address within the cluster; None makes the Service headless.'),
    clusterIPs: texts('Addresses, one for each family.'),
    externalIPs: texts('Addresses from outside that lead here.'),
    externalName: text('DNS name that a Service of type ExternalName stands for.'),
    externalTrafficPolicy: text('Cluster or Local.'),
    healthCheckNodePort: integer('Port for health checks of load balancers.'),
    internalTrafficPolicy: text('Cluster or Local.'),
    ipFamilies: texts('IPv4, IPv6 or both, in order of preference.'),
    ipFamilyPolicy: text('SingleStack, PreferDualStack or RequireDualStack.'),
    loadBalancerClass: text('Which implementation makes the load balancer.'),
    loadBalancerIP: text('Address wanted for the load balancer.'),
    loadBalancerSourceRanges: texts('Who may reach the load balancer.'),
    ports: list('The ports.', SERVICE_PORT),
    publishNotReadyAddresses: flag('Whether pods that are not ready count.'),
    selector: map('Labels of the pods.'),
    sessionAffinity: text('ClientIP sends one client to one pod; None does not.'),
    sessionAffinityConfig: record('Details of the affinity.', {
      clientIP: record('Details of ClientIP.', { timeoutSeconds: integer('How long a client stays with its pod.') }),
    }),
    trafficDistribution: text('Where traffic should go by preference.'),
    type: text('ClusterIP, NodePort, LoadBalancer or ExternalName.'),
  }),
  status: { ...ANYTHING, description: 'What is observed.' },
});

export const LEASE_SCHEMA = record('A claim that somebody renews while it holds.', {
  spec: record('Who holds it and since when.', {
    acquireTime: text('Since when.'),
    holderIdentity: text('Who.'),
    leaseDurationSeconds: integer('How long it holds without renewal.'),
    leaseTransitions: integer('How often the holder changed.'),
    preferredHolder: text('Who should have it.'),
    renewTime: text('Last renewal.'),
    strategy: text('How the holder is chosen.'),
  }),
});

export const ENDPOINT_SLICE_SCHEMA = record('Some of the addresses behind a Service.', {
  addressType: text('IPv4, IPv6 or FQDN.'),
  endpoints: list('The addresses.', ANYTHING),
  ports: list('The ports of each address.', ANYTHING),
});
