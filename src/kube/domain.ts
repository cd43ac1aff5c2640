/** The domain of our own labels, annotations, conditions and coexistence groups. */
export const DOMAIN = 'clusterset-apiserver.dev';

export const CLUSTER_LABEL = `${DOMAIN}/cluster`;
export const CLUSTERSET_LABEL = `${DOMAIN}/clusterset`;
export const EXPORT_LABEL = `${DOMAIN}/export`;
export const EXPORT_NAME_ANNOTATION = `${DOMAIN}/export-name`;
/** On webhook configurations of members that ask a hub by url: which hub, by the uid of its namespace kube-system. */
export const HUB_ANNOTATION = `${DOMAIN}/hub`;
export const SERVICE_ANNOTATION = `${DOMAIN}/service`;
export const PROPERTY_LABEL = `${DOMAIN}/property`;
export const PROPERTY_NAME_ANNOTATION = `${DOMAIN}/property-name`;
export const OWNER_REFERENCES_ANNOTATION = `${DOMAIN}/owner-references`;
export const CONVERSION_DATA_ANNOTATION = `${DOMAIN}/conversion-data`;
export const CONFLICT_CONDITION = `${DOMAIN}/Conflict`;
export const REPORTED_CONDITION_PREFIX = `reported.${DOMAIN}/`;

/** The upstream API groups; a hub may serve them under a coexistence group instead, members never do. */
export const MULTICLUSTER_GROUP = 'multicluster.x-k8s.io';
export const ABOUT_GROUP = 'about.k8s.io';

/** On ClusterProfiles: which member they are about, whatever it is called in each inventory (KEP-4322). */
export const MEMBER_ID_LABEL = `${MULTICLUSTER_GROUP}/inventory-member-id`;

/** What a multi-cluster controller puts on the Services and EndpointSlices that it makes for a ServiceImport. */
export const IMPORTED_SERVICE_LABEL = 'multicluster.kubernetes.io/service-name';
