/** How a kubectl command answers otherwise on the hub than on the member, on purpose. */
export interface Difference {
  readonly where: string;
  readonly member: string;
  readonly hub: string;
  readonly why: string;
}

/** Every difference that the comparison of kubectl on hub and member allows; docs/writes.md lists them. */
export const DIFFERENCES = {
  names: {
    where: 'Every name',
    member: '`api`',
    hub: '`east.api`',
    why: 'One list holds the objects of all clusters, so the name says which',
  },
  rowMetadata: {
    where: 'Labels and annotations of an object read',
    member: 'its own',
    hub: 'and `clusterset-apiserver.dev/cluster`, `/export`, `/export-name`, `/service`',
    why: 'They select by cluster and export; they never reach the member',
  },
  identity: {
    where: '`uid` and `resourceVersion`',
    member: 'those of the member',
    hub: 'those of the row',
    why: 'A row is another object, and all rows share one numbering',
  },
  status: {
    where: '`status` of an object read',
    member: 'what its controllers wrote',
    hub: 'also conditions computed from the whole clusterset',
    why: 'They are what the row is for',
  },
  statusWrites: {
    where: '`--subresource=status` in a write',
    member: 'changes the status',
    hub: '405',
    why: "Conditions are computed here, and a member's own belong to its controllers",
  },
  finalizers: {
    where: '`delete --cascade=orphan` and `=foreground`, then `get`',
    member: 'shows the finalizer that the garbage collector waits for',
    hub: 'shows the object being deleted, without that finalizer',
    why: "The hub's garbage collector must not take it for its own",
  },
  ownWarnings: {
    where: 'Warnings of our rules',
    member: 'none',
    hub: '`Warning: No Service prod/api in cluster east: …`',
    why: 'They tell what a write does to the whole clusterset; `admission.warnings: false` leaves them out',
  },
  lastApplied: {
    where: 'The annotation of `kubectl apply` in the member',
    member: 'says `"name":"api"`',
    hub: 'says `"name":"east.api"`',
    why: 'kubectl writes it, and reads it as it wrote it; applying in the member later works all the same',
  },
  namespaces: {
    where: 'An absent object in a namespace that the hub does not have',
    member: '`serviceexports… "api" not found`',
    hub: '`namespaces "prod" not found`',
    why: 'kubectl itself asks for the namespace then; create it on the hub',
  },
  memberErrors: {
    where: 'Errors of the member about something else than the object',
    member: '`namespaces "prod" not found`',
    hub: '`member cluster "east": namespaces "prod" not found`',
    why: "It is not the hub's namespace that is meant",
  },
  serviceNames: {
    where: '`create` of `api_`, `a.b`, or a name of more than 63 characters',
    member: 'checked as the name of an object',
    hub: 'checked as the name of a Service',
    why: 'No Service could be exported by it',
  },
  severalMistakes: {
    where: 'Several mistakes in one request',
    member: 'unknown fields are told before a missing resourceVersion',
    hub: 'what the hub itself sees is told first',
    why: 'What is unknown is for the member to say',
  },
  patchFailures: {
    where: 'A JSON patch that cannot be applied',
    member: '422 without a reason',
    hub: '422 that names the operation and what is wrong',
    why: 'It was lost on the way in kube-apiserver',
  },
  typedFailures: {
    where: '`apply --server-side` with an unknown field',
    member: '500 without a reason',
    hub: '400',
    why: 'It is a mistake of the caller, and nothing was done',
  },
  warnings: {
    where: 'Warnings of the member',
    member: '`Warning: text`',
    hub: '`Warning: east: text`',
    why: 'They are about that cluster',
  },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof DIFFERENCES;
