/** Where members are registered: kubeconfig files and Secrets on the hub. */
export type { KubeconfigMembersOptions, WantedContext } from './kubeconfig-members.ts';
export { readKubeconfigMembers } from './kubeconfig-members.ts';
export type { KubeconfigSourceOptions } from './kubeconfig-source.ts';
export { createKubeconfigSource } from './kubeconfig-source.ts';
export { memberNameOf } from './member-name.ts';
export type { NamedMember } from './registration-rules.ts';
export { fingerprintFault, registrationWarnings } from './registration-rules.ts';
export type { ArgoCdSecretsAt } from './argo-cd-secrets.ts';
export { argoCdSecrets } from './argo-cd-secrets.ts';
export { clusterApiSecrets } from './cluster-api-secrets.ts';
export type { ClusterProfilesAt } from './cluster-profiles.ts';
export { clusterProfiles } from './cluster-profiles.ts';
export type { KubeconfigDirectoryOptions } from './kubeconfig-directory.ts';
export { createKubeconfigDirectorySource } from './kubeconfig-directory.ts';
export type { ProviderFile, ProviderFileNews } from './provider-file.ts';
export { openProviderFile } from './provider-file.ts';
export type { Convention } from './convention.ts';
export { secretsPath } from './convention.ts';
export type { SecretsAt } from './kubeconfig-secrets.ts';
export {
  CONTEXT_ANNOTATION,
  kubeconfigSecrets,
  readKubeconfigSecret,
  SECRET_KEY,
  SECRET_LABEL_SELECTOR,
} from './kubeconfig-secrets.ts';
export type { KubeconfigReference, WrittenProfile } from './written-profile.ts';
export {
  ACCESS_CLUSTER_ANNOTATION,
  ACCESS_PROVIDER_ANNOTATION,
  DISPLAY_NAME_ANNOTATION,
  PROFILE_EXTENSION,
  profileOfObject,
} from './written-profile.ts';
export type { ObjectSourceOptions } from './object-source.ts';
export { createObjectSource } from './object-source.ts';
export type {
  MemberRegistration,
  RefusedRegistration,
  RegistrationObject,
  RegistrationSource,
  RegistrationUpdate,
} from './types.ts';
